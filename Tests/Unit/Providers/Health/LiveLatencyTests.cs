using Microsoft.Extensions.Time.Testing;

namespace OrleansGateway.Tests.Unit.Providers.Health;

public sealed class LiveLatencyTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly LiveLatency _latency;

    public LiveLatencyTests() => _latency = new LiveLatency(_time);

    [Fact]
    public void It_follows_what_is_seen_and_is_forgotten_after_a_minute_of_silence()
    {
        Assert.Null(_latency.Now);
        _latency.OnAnswer(TimeSpan.FromMilliseconds(100));
        _latency.OnAnswer(TimeSpan.FromMilliseconds(200));
        Assert.Equal(120, _latency.Now!.Value.TotalMilliseconds, 0.001);
        for (var i = 0; i < 50; i++) _latency.OnAnswer(TimeSpan.FromMilliseconds(200));
        Assert.Equal(200, _latency.Now!.Value.TotalMilliseconds, 0.1);

        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Null(_latency.Now);
        _latency.OnAnswer(TimeSpan.FromMilliseconds(5));
        Assert.Equal(5, _latency.Now!.Value.TotalMilliseconds);
    }

    [Fact]
    public void A_failure_is_no_fast_answer()
    {
        _latency.OnAnswer(TimeSpan.FromMilliseconds(10));
        _latency.OnFailure();
        Assert.True(_latency.Now > TimeSpan.FromSeconds(2));
    }
}
