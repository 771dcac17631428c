namespace OrleansGateway.Tests.Model;

/// <summary>The protocol with one rule broken is caught, by the invariant that the rule is there for.</summary>
public sealed class MutantTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(Mutation.GrantBeforeAppend, Keys.None, 1, "I7")]
    [InlineData(Mutation.ExpiryFrees, Keys.None, 1, "I7")]
    [InlineData(Mutation.AppendWithoutCount, Keys.None, 1, "I1")]
    [InlineData(Mutation.AppendWithoutCount, Keys.Same, 2, "I9")]
    [InlineData(Mutation.KeyRecordedAfterCall, Keys.Same, 2, "I9")]
    [InlineData(Mutation.PostingInTwoWrites, Keys.None, 1, "I4")]
    [InlineData(Mutation.RetryOnSameHold, Keys.None, 1, "I2")]
    [InlineData(Mutation.RetryOnSameHold, Keys.None, 2, "I7")]
    [InlineData(Mutation.ReplyBeforePosting, Keys.None, 1, "I5")]
    [InlineData(Mutation.RepeatedPostingAppends, Keys.None, 2, "I3")]
    [InlineData(Mutation.VoidOnUnknownOutcome, Keys.None, 1, "I7")]
    [InlineData(Mutation.NoFencingVoid, Keys.None, 1, "L1")]
    [InlineData(Mutation.AnswerKeptAfterPosting, Keys.Same, 2, "K1")]
    [InlineData(Mutation.TakeoverWhilePending, Keys.Same, 2, "I9")]
    [InlineData(Mutation.SecondPostingInvoiced, Keys.Same, 2, "I6")]
    [InlineData(Mutation.HoldSmallerThanSent, Keys.None, 1, "I2")]
    [InlineData(Mutation.HoldSmallerThanSent, Keys.None, 2, "I7")]
    [InlineData(Mutation.StaleActivationAnswers, Keys.None, 1, "I5")]
    [InlineData(Mutation.RefusalKeepsFirstHold, Keys.None, 1, "L1")]
    [InlineData(Mutation.UnheardRenewalIsLeft, Keys.None, 2, "L2")]
    public void A_broken_rule_is_caught(Mutation mutation, Keys keys, int limit, string invariant)
    {
        var search = new Search(new Scenario(keys, limit), mutation).Run();

        output.WriteLine($"{mutation}: {search.Trace}");
        Assert.StartsWith(invariant, search.Violation, StringComparison.Ordinal);
        Assert.NotEmpty(search.Trace);
    }

    [Fact]
    public void Every_mutation_is_among_them()
    {
        var tried = typeof(MutantTests).GetMethod(nameof(A_broken_rule_is_caught))!
            .GetCustomAttributes(typeof(InlineDataAttribute), false).Cast<InlineDataAttribute>().Select(a => (Mutation)a.Data[0]!);
        Assert.Equal(Enum.GetValues<Mutation>().Skip(1), tried.Distinct());
    }
}
