namespace OrleansGateway.Tests.Model;

/// <summary>
/// The whole state space of the protocol: two requests, with and without idempotency keys, two activations of their tenant, crashes and lost
/// messages everywhere. docs/proof.md says what that shows and what it does not.
/// </summary>
public sealed class ProtocolTests(ITestOutputHelper output)
{
    private const Situations Always =
        Situations.LatePostResolves | Situations.FencingVoid | Situations.RenewalDenied | Situations.Expiry | Situations.StaleAppendRefused | Situations.TwoActivations
        | Situations.LostAcknowledgement | Situations.LateLanding | Situations.GhostCall | Situations.GrantedAgain | Situations.StaleAndUnknown | Situations.ToldEarly;

    private const Situations WithOneKey = Situations.InProgress | Situations.Replay | Situations.KeptAnswerPosted | Situations.Takeover | Situations.SecondPostingAbsorbed;

    // The floors are a little below what was counted: a search that becomes trivial says so.
    [Theory]
    [InlineData(Keys.None, 1, 50_000, Situations.BudgetSpent)]
    [InlineData(Keys.None, 2, 500_000, Situations.BudgetSpent | Situations.Renewal)]
    [InlineData(Keys.Different, 2, 550_000, Situations.BudgetSpent | Situations.Renewal)]
    [InlineData(Keys.Same, 2, 290_000, WithOneKey | Situations.BudgetSpent | Situations.Renewal)]
    [InlineData(Keys.Same, 3, 680_000, WithOneKey | Situations.Renewal)]
    [InlineData(Keys.Reused, 1, 37_000, Situations.KeyReused)]
    public void Every_invariant_holds_in_every_reachable_state(Keys keys, int limit, int floor, Situations expected)
    {
        var search = new Search(new Scenario(keys, limit)).Run();

        output.WriteLine($"keys {keys}, a budget of {limit} holds: {search.States:N0} states, {search.Rests:N0} of them at rest, {search.Transitions:N0} transitions");
        Assert.True(search.Violation is null, search.Trace);
        Assert.Equal(Situations.None, (Always | expected) & ~search.Seen);
        Assert.InRange(search.States, floor, int.MaxValue);
        Assert.InRange(search.Rests, floor / 50, int.MaxValue);
    }
}
