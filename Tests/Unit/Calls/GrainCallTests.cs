using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests;

public sealed class GrainCallTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly NoPauseClock _clock = new(Start, TimeSpan.FromSeconds(5));
    private readonly Queue<Exception> _faults = new();
    private int _calls;

    [Fact]
    public async Task A_message_that_is_turned_back_is_sent_again_until_its_grain_has_moved()
    {
        for (var i = 0; i < 6; i++) _faults.Enqueue(i % 2 == 0 ? new SiloUnavailableException() : new StaleActivationException("acme"));
        Assert.Equal(7, await RepeatAsync());
        Assert.Equal(TimeSpan.FromMilliseconds(50 + 100 + 200 + 400 + 800 + 1600), _clock.GetUtcNow() - Start);
    }

    [Fact]
    public async Task One_that_is_turned_back_for_longer_is_given_up()
    {
        for (var i = 0; i < 7; i++) _faults.Enqueue(new SiloUnavailableException());
        await Assert.ThrowsAsync<SiloUnavailableException>(RepeatAsync);
        Assert.Equal(7, _calls);
    }

    [Fact]
    public async Task One_that_was_lost_is_sent_once_more_and_no_oftener()
    {
        _faults.Enqueue(new TimeoutException());
        Assert.Equal(2, await RepeatAsync());

        _calls = 0;
        _faults.Enqueue(new SiloUnavailableException());
        _faults.Enqueue(new TimeoutException());
        await Assert.ThrowsAsync<TimeoutException>(RepeatAsync);
        Assert.Equal(2, _calls);
    }

    [Fact]
    public async Task One_that_was_lost_and_then_turned_back_finds_its_grain()
    {
        _faults.Enqueue(new TimeoutException());
        _faults.Enqueue(new SiloUnavailableException());
        Assert.Equal(3, await RepeatAsync());
    }

    [Theory]
    [InlineData(typeof(StoreUnavailableException))]
    [InlineData(typeof(InvalidOperationException))]
    public async Task What_another_call_cannot_mend_is_told_at_once(Type fault)
    {
        _faults.Enqueue((Exception)Activator.CreateInstance(fault, "down")!);
        await Assert.ThrowsAsync(fault, RepeatAsync);
        Assert.Equal(1, _calls);
    }

    private Task<int> RepeatAsync() => GrainCall.RepeatAsync(this, static test => test.CallAsync(), _clock);

    private async Task<int> CallAsync()
    {
        await Task.Yield();
        _calls++;
        return _faults.TryDequeue(out var fault) ? throw fault : _calls;
    }
}
