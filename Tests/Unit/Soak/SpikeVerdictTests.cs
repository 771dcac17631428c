using OrleansGateway.Soak;

namespace OrleansGateway.Tests.Unit.Soak;

public sealed class SpikeVerdictTests
{
    private static readonly TimeSpan From = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Spike = TimeSpan.FromSeconds(40);
    private static readonly TimeSpan End = TimeSpan.FromSeconds(100);

    private readonly List<SpikeCall> _calls = [];

    public SpikeVerdictTests()
    {
        for (var second = 0; second < 130; second++) _calls.Add(new SpikeCall(TimeSpan.FromSeconds(second), 200, false, TimeSpan.FromMilliseconds(100)));
    }

    [Fact]
    public void Refusals_that_say_when_to_come_again_and_answers_that_take_little_longer_are_well()
    {
        Add(50, 429, saysWhen: true, 1);
        Add(50, 503, saysWhen: true, 1);
        Add(60, 200, saysWhen: false, 150);
        Add(104, 429, saysWhen: true, 1);
        // The warm-up is nobody's measure.
        Add(1, 200, saysWhen: false, 5_000);
        Assert.Empty(Violations());
        Assert.Contains("4.0 s after the spike", string.Join('\n', new SpikeVerdict(_calls, From, Spike, End).Describe()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(50, 500, true)]
    [InlineData(50, 429, false)]
    [InlineData(50, 503, false)]
    [InlineData(50, null, false)]
    [InlineData(20, 502, true)]
    [InlineData(106, 429, true)]
    public void Any_other_end_and_a_refusal_long_after_is_a_violation(int second, int? status, bool saysWhen)
    {
        Add(second, status, saysWhen, 1);
        Assert.Single(Violations());
    }

    [Theory]
    [InlineData(60)]
    [InlineData(110)]
    public void Admitted_calls_that_take_more_than_half_as_long_again_are_a_violation(int second)
    {
        Add(second, 200, saysWhen: false, 151);
        Assert.Single(Violations());
    }

    [Fact]
    public void A_spike_in_which_nobody_was_admitted_is_a_violation()
    {
        _calls.RemoveAll(call => call.At >= Spike && call.At < End);
        Assert.Single(Violations());
    }

    private IReadOnlyList<string> Violations() => new SpikeVerdict(_calls, From, Spike, End).Judge();

    private void Add(int second, int? status, bool saysWhen, int ms) => _calls.Add(new SpikeCall(TimeSpan.FromSeconds(second), status, saysWhen, TimeSpan.FromMilliseconds(ms)));
}
