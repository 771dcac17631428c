using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using OrleansGateway.Soak;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.EndToEnd;

/// <summary>A tenant whose calls are compared, one by one, in the three books.</summary>
internal sealed class StreamCalls(TestGateway gateway, TestCaller caller)
{
    public static readonly string[] Routes = [CallPlan.Chat, CallPlan.Responses, CallPlan.Messages];

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly List<ClientCall> _calls = [];

    public static async Task<StreamCalls> OpenAsync(TestGateway gateway, string policy = """{"budgets":[{"window":"total","limitUsd":5}]}""") =>
        new(gateway, await gateway.OpenTenantAsync(policy));

    /// <summary>At a gateway that tests share: its circuits open when half of what they see has failed, so some calls succeed first.</summary>
    public static async Task<StreamCalls> OpenAmongOthersAsync(TestGateway gateway)
    {
        var other = await gateway.OpenTenantAsync();
        for (var i = 0; i < 3; i++)
        {
            using var answer = await other.ChatAsync("""{"model":"gpt-4.1","messages":[{"role":"user","content":"Hi"}],"max_tokens":1}""");
            Assert.True(answer.IsSuccessStatusCode, $"{answer.StatusCode}");
        }
        return await OpenAsync(gateway);
    }

    /// <summary>A call as a client makes it: what came, and whether the connection was cut.</summary>
    public async Task<Heard> PlaceAsync(CallPlan plan, string? body = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, plan.Route) { Content = new StringContent(body ?? plan.Body(), Encoding.UTF8, "application/json") };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", caller.Key);
        using var response = await gateway.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        var bytes = new MemoryStream();
        var cut = false;
        try
        {
            await using var stream = await response.Content.ReadAsStreamAsync();
            await stream.CopyToAsync(bytes);
        }
        catch (IOException)
        {
            cut = true;
        }

        var text = Encoding.UTF8.GetString(bytes.ToArray());
        decimal? told = response.Headers.TryGetValues("x-gateway-cost-usd", out var cost) ? decimal.Parse(cost.Single(), CultureInfo.InvariantCulture) : null;
        _calls.Add(new ClientCall
        {
            Tenant = caller.TenantId,
            Plan = plan,
            StartedAt = default,
            Status = (int)response.StatusCode,
            RequestId = response.Headers.GetValues("x-request-id").Single(),
            Answered = response.IsSuccessStatusCode && !cut,
            ToldUsd = told,
        });
        return new Heard((int)response.StatusCode, text, cut, response.Headers.TryGetValues("x-gateway-attempts", out var attempts) ? attempts.Single() : "");
    }

    /// <summary>A call whose caller goes: of a stream with its first bytes in hand, else at a moment of the test's choice.</summary>
    public async Task LeaveAsync(CallPlan plan, Func<string, Task> onFirst, Func<Task>? when = null)
    {
        using var http = new HttpClient(new SocketsHttpHandler { MaxResponseDrainSize = 0 }) { BaseAddress = gateway.Address };
        using var leaving = new CancellationTokenSource();
        using var request = new HttpRequestMessage(HttpMethod.Post, plan.Route) { Content = new StringContent(plan.Body(), Encoding.UTF8, "application/json") };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", caller.Key);
        var sending = http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, leaving.Token);
        if (when is not null)
        {
            await when();
            await leaving.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
            return;
        }
        using var response = await sending;
        var buffer = new byte[512];
        await using var stream = await response.Content.ReadAsStreamAsync(leaving.Token);
        var count = await stream.ReadAsync(buffer, leaving.Token);
        await onFirst(Encoding.UTF8.GetString(buffer, 0, count));
    }

    /// <summary>The tenant's ledger once it has so many lines and nothing is open; the three books are equal.</summary>
    public async Task<IReadOnlyList<LedgerLine>> LedgerAsync(int lines)
    {
        var books = await Eventually.BecomesAsync(
            () => TenantBooks.ReadAsync(caller.TenantId, path => gateway.AdminAsync(HttpMethod.Get, path)),
            b => b.Ledger.Count >= lines && b.OpenReservations == 0,
            Patience,
            "The ledger");
        var ids = books.Ledger.Select(l => l.RequestId).ToHashSet();
        Assert.Equal([], new ThreeBooks(_calls, [books], [.. gateway.Simulator.Bill.Snapshot().Calls.Where(b => ids.Contains(b.RequestId ?? ""))]).Compare());
        Assert.Equal(lines, books.Ledger.Count);
        return books.Ledger;
    }

    /// <summary>What a caller got.</summary>
    /// <param name="Status">The answer's status.</param>
    /// <param name="Text">The body, as far as it came.</param>
    /// <param name="Cut">Whether the connection was cut before its end.</param>
    /// <param name="Attempts">How many attempts the gateway made.</param>
    public sealed record Heard(int Status, string Text, bool Cut, string Attempts)
    {
        /// <summary>The error's code in the last event of a stream.</summary>
        public string? ErrorInLastEvent
        {
            get
            {
                var line = Text.TrimEnd('\n').Split('\n')[^1];
                return line.StartsWith("data: {", StringComparison.Ordinal)
                    && JsonDocument.Parse(line["data: ".Length..]).RootElement.TryGetProperty("error", out var error)
                    ? error.GetProperty("code").GetString()
                    : null;
            }
        }
    }
}
