using System.Threading.Channels;
using Microsoft.Extensions.Time.Testing;

namespace OrleansGateway.Tests.Unit.Cluster;

public sealed class EverySecondTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task What_fails_is_told_once_and_done_again_a_second_later_also_when_a_call_was_cancelled()
    {
        var lifecycle = new OneStage();
        using var task = new Scripted(_time, new OperationCanceledException("The grain does not start."), new TimeoutException("Late."), null, new TimeoutException("Late again."));
        task.Participate(lifecycle);
        await lifecycle.Stage.OnStart(CancellationToken.None);
        for (var second = 0; second < 4; second++)
        {
            await task.Done.Reader.ReadAsync(TestContext.Current.CancellationToken);
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(["The grain does not start.", "Late again."], task.Told);
        await lifecycle.Stage.OnStop(CancellationToken.None);
    }

    [Fact]
    public async Task It_ends_with_its_silo()
    {
        var lifecycle = new OneStage();
        using var task = new Scripted(_time);
        task.Participate(lifecycle);
        await lifecycle.Stage.OnStart(CancellationToken.None);
        await task.Done.Reader.ReadAsync(TestContext.Current.CancellationToken);

        await lifecycle.Stage.OnStop(CancellationToken.None);
        _time.Advance(TimeSpan.FromSeconds(5));

        Assert.False(task.Done.Reader.TryRead(out _));
    }

    private sealed class Scripted(TimeProvider time, params Exception?[] failures) : EverySecond(time)
    {
        public Channel<int> Done { get; } = Channel.CreateUnbounded<int>();

        public List<string> Told { get; } = [];

        protected override Task DoAsync(int second)
        {
            Done.Writer.TryWrite(second);
            return second < failures.Length && failures[second] is { } failure ? Task.FromException(failure) : Task.CompletedTask;
        }

        protected override void LogFailed(string reason) => Told.Add(reason);
    }

    private sealed class OneStage : ISiloLifecycle
    {
        public ILifecycleObserver Stage { get; private set; } = null!;

        public int HighestCompletedStage => 0;

        public int LowestStoppedStage => 0;

        public IDisposable Subscribe(string observerName, int stage, ILifecycleObserver observer)
        {
            Stage = observer;
            return new MemoryStream();
        }
    }
}
