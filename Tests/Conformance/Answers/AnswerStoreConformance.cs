using System.Text;

namespace OrleansGateway.Tests.Conformance.Answers;

/// <summary>What every store of answers must do.</summary>
public abstract class AnswerStoreConformance
{
    private readonly string _suffix = "-" + Guid.NewGuid().ToString("N");

    protected abstract IAnswerStore Store { get; }

    protected static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    protected string Acme => "acme" + _suffix;

    [Fact]
    public async Task What_was_never_put_is_not_found()
    {
        Assert.Null(await Store.FindAsync(Acme, new("req_1", 1), Cancelled));
        Assert.Null(await Store.FindByKeyAsync(Acme, "k", Cancelled));
    }

    [Fact]
    public async Task An_answer_is_found_byte_for_byte_by_its_hold_and_by_its_key()
    {
        var bytes = new byte[300_000];
        new Random(1).NextBytes(bytes);
        await Store.PutAsync(Acme, new StoredAnswer(new("req_1", 2), "k{}:/%*?\"'~", bytes), Cancelled);

        foreach (var found in new[] { await Store.FindAsync(Acme, new("req_1", 2), Cancelled), await Store.FindByKeyAsync(Acme, "k{}:/%*?\"'~", Cancelled) })
        {
            Assert.Equal((new HoldId("req_1", 2), "k{}:/%*?\"'~"), (found!.Hold, found.Key));
            Assert.Equal(bytes, found.Bytes.ToArray());
        }
    }

    [Fact]
    public async Task Putting_an_answer_again_leaves_one()
    {
        for (var i = 0; i < 3; i++) await Store.PutAsync(Acme, Answer("req_1", "k", $"the {i}th"), Cancelled);
        Assert.Equal("the 2th", Text(await Store.FindAsync(Acme, new("req_1", 1), Cancelled)));
        Assert.Equal("the 2th", Text(await Store.FindByKeyAsync(Acme, "k", Cancelled)));
    }

    [Fact]
    public async Task Holds_attempts_keys_and_tenants_are_kept_apart()
    {
        await Store.PutAsync(Acme, Answer("req_1", "k", "mine"), Cancelled);
        Assert.Null(await Store.FindAsync(Acme, new("req_1", 2), Cancelled));
        Assert.Null(await Store.FindAsync(Acme, new("req_11", 1), Cancelled));
        Assert.Null(await Store.FindAsync(Acme + "x", new("req_1", 1), Cancelled));
        Assert.Null(await Store.FindByKeyAsync(Acme, "K", Cancelled));
        Assert.Null(await Store.FindByKeyAsync(Acme + "x", "k", Cancelled));
    }

    [Fact]
    public async Task A_key_leads_to_the_answer_that_was_put_last()
    {
        await Store.PutAsync(Acme, Answer("req_1", "k", "first"), Cancelled);
        await Store.PutAsync(Acme, Answer("req_2", "k", "second"), Cancelled);
        Assert.Equal("second", Text(await Store.FindByKeyAsync(Acme, "k", Cancelled)));
        Assert.Equal("first", Text(await Store.FindAsync(Acme, new("req_1", 1), Cancelled)));
    }

    [Fact]
    public async Task Many_answers_at_once_are_all_kept()
    {
        await Task.WhenAll(Enumerable.Range(0, 200).Select(i => Store.PutAsync(Acme, Answer($"req_{i}", $"k{i}", $"{i}"), Cancelled)));
        for (var i = 0; i < 200; i++) Assert.Equal($"{i}", Text(await Store.FindByKeyAsync(Acme, $"k{i}", Cancelled)));
    }

    [Fact]
    public async Task What_a_tenant_may_not_have_beside_its_other_answers_is_not_kept_and_changes_nothing()
    {
        Assert.True(await Store.TryPutAsync(Acme, Answer("req_1", "k1", new string('a', 600)), 1_000, Cancelled));
        Assert.False(await Store.TryPutAsync(Acme, Answer("req_2", "k2", new string('b', 600)), 1_000, Cancelled));
        Assert.Null(await Store.FindByKeyAsync(Acme, "k2", Cancelled));
        Assert.False(await Store.TryPutAsync(Acme, Answer("req_1", "k1", new string('c', 1_100)), 1_000, Cancelled));
        Assert.StartsWith("a", Text(await Store.FindAsync(Acme, new("req_1", 1), Cancelled)), StringComparison.Ordinal);

        // Another tenant has its own bytes, what replaces counts once, and a bare mark is never refused.
        Assert.True(await Store.TryPutAsync(Acme + "x", Answer("req_2", "k2", new string('b', 600)), 1_000, Cancelled));
        for (var i = 0; i < 5; i++) Assert.True(await Store.TryPutAsync(Acme, Answer("req_1", "k1", new string('d', 900 - i)), 1_000, Cancelled));
        await Store.PutAsync(Acme, Answer("req_3", "k3", new string('e', 600)), Cancelled);
        Assert.False(await Store.TryPutAsync(Acme, Answer("req_4", "k4", "f"), 1_000, Cancelled));
        Assert.Equal(600, Text(await Store.FindByKeyAsync(Acme, "k3", Cancelled)).Length);
    }

    protected static StoredAnswer Answer(string request, string key, string text) => new(new(request, 1), key, Encoding.UTF8.GetBytes(text));

    protected static string Text(StoredAnswer? answer) => Encoding.UTF8.GetString(answer!.Bytes.Span);
}
