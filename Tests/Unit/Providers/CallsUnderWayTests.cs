using System.Collections.Immutable;
using Microsoft.Extensions.Time.Testing;

namespace OrleansGateway.Tests;

public sealed class CallsUnderWayTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Each_front_hears_every_second_of_its_own_calls_until_they_end()
    {
        using var calls = new CallsUnderWay(_time);
        var (one, other) = (new Front(), new Front());
        var first = calls.Begin("req_1", one);
        var second = calls.Begin("req_2", one);
        using var third = calls.Begin("req_3", other);
        using var unwatched = calls.Begin("req_4", null);

        _time.Advance(CallsUnderWay.TellPeriod);
        first.Dispose();
        _time.Advance(CallsUnderWay.TellPeriod);
        second.Dispose();
        _time.Advance(CallsUnderWay.TellPeriod);

        Assert.Equal(["req_1 req_2", "req_2"], one.Heard);
        Assert.Equal(["req_3", "req_3", "req_3"], other.Heard);
    }

    [Fact]
    public void A_front_that_cannot_be_told_does_not_keep_others_from_hearing()
    {
        using var calls = new CallsUnderWay(_time);
        var (gone, there) = (new Front { Fault = new OrleansException("gone") }, new Front());
        using var first = calls.Begin("req_1", gone);
        using var second = calls.Begin("req_2", there);

        _time.Advance(CallsUnderWay.TellPeriod);

        Assert.Equal(["req_2"], there.Heard);
    }

    private sealed class Front : ICallWatch
    {
        public List<string> Heard { get; } = [];

        public Exception? Fault { get; init; }

        public Task Alive(ImmutableArray<string> requestIds)
        {
            if (Fault is not null) return Task.FromException(Fault);
            Heard.Add(string.Join(' ', requestIds.Order(StringComparer.Ordinal)));
            return Task.CompletedTask;
        }
    }
}
