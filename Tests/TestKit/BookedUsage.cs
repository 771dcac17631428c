namespace OrleansGateway.Tests.TestKit;

/// <summary>Entries of books as tests of usage need them, appended to a book in memory.</summary>
internal static class BookedUsage
{
    public static async Task AppendAsync(this InMemoryBook book, string tenant, params BookEntry[] entries) =>
        Assert.True((await book.AppendAsync(
            tenant,
            await book.CountAsync(tenant, CancellationToken.None),
            [.. entries.Select(e => e.ToBytes())],
            CancellationToken.None)).Appended);

    public static BookEntry.Posted Posted(
        string at, string request = "req_1", decimal usd = 0.01m,
        string model = "gpt-4.1", string key = "k_00000001", string? user = null, int attempt = 1) => new()
        {
            At = DateTimeOffset.Parse(at, System.Globalization.CultureInfo.InvariantCulture),
            Request = request,
            Attempt = attempt,
            KeyId = key,
            User = user,
            Provider = "holysheep",
            Model = model,
            Usage = new TokenUsage(100, 20, CachedInput: 10, Reasoning: 5),
            Cost = Money.FromUsd(usd),
            Outcome = "ok",
        };

    public static BookEntry.Suspended Suspended(string at, string request, decimal usd, string model = "gpt-4.1", int attempt = 1) => new()
    {
        At = DateTimeOffset.Parse(at, System.Globalization.CultureInfo.InvariantCulture),
        Request = request,
        Attempt = attempt,
        KeyId = "k_00000001",
        Model = model,
        Amount = Money.FromUsd(usd),
        Outcome = "expired",
    };
}
