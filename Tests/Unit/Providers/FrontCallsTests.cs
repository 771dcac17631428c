using System.Collections.Immutable;
using Microsoft.Extensions.Time.Testing;

namespace OrleansGateway.Tests;

public sealed class FrontCallsTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly FrontCalls _calls;

    public FrontCallsTests() => _calls = new FrontCalls(_time);

    public void Dispose() => _calls.Dispose();

    [Fact]
    public void Each_front_hears_every_second_of_its_own_calls_until_they_end()
    {
        var (one, other) = (new Front(), new Front());
        var first = _calls.Begin("req_1", one);
        var second = _calls.Begin("req_2", one);
        using var third = _calls.Begin("req_3", other);

        _time.Advance(FrontCalls.TellPeriod);
        first.Dispose();
        _time.Advance(FrontCalls.TellPeriod);
        second.Dispose();
        _time.Advance(FrontCalls.TellPeriod);

        Assert.Equal(["req_1 req_2", "req_2"], one.Heard);
        Assert.Equal(["req_3", "req_3", "req_3"], other.Heard);
    }

    [Fact]
    public void A_front_that_cannot_be_told_does_not_keep_others_from_hearing()
    {
        var (gone, there) = (new Front { Fault = new OrleansException("gone") }, new Front());
        using var first = _calls.Begin("req_1", gone);
        using var second = _calls.Begin("req_2", there);

        _time.Advance(FrontCalls.TellPeriod);

        Assert.Equal(["req_2"], there.Heard);
    }

    [Fact]
    public void A_call_learns_that_its_own_caller_has_gone_while_it_is_under_way()
    {
        var front = new Front();
        using var left = _calls.Begin("req_1", front);
        using var stays = _calls.Begin("req_2", front);
        var ended = _calls.Begin("req_3", front);
        ended.Dispose();

        _calls.Leave("req_1");
        _calls.Leave("req_1");
        _calls.Leave("req_3");

        Assert.Equal((true, false, false), (left.Gone.IsCancellationRequested, stays.Gone.IsCancellationRequested, ended.Gone.IsCancellationRequested));
    }

    [Fact]
    public void The_end_of_a_requests_first_call_takes_nothing_from_its_second()
    {
        var front = new Front();
        var first = _calls.Begin("req_1", front);
        using var second = _calls.Begin("req_1", front);
        first.Dispose();

        _time.Advance(FrontCalls.TellPeriod);
        _calls.Leave("req_1");

        Assert.Equal(["req_1"], front.Heard);
        Assert.True(second.Gone.IsCancellationRequested);
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
