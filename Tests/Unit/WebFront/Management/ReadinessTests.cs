using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Time.Testing;

namespace OrleansGateway.Tests.Unit.WebFront.Management;

public sealed class ReadinessTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task What_hangs_is_told_in_the_words_of_what_does_not_answer()
    {
        var readiness = new Readiness(new Started(), [new StoreReadiness(new HangingBook(), new StoreHealth()), new Hanging("the cluster does not answer")], _time);
        var whyNot = readiness.WhyNotAsync(TestContext.Current.CancellationToken);
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(["the store does not answer", "the cluster does not answer"], await whyNot);
    }

    [Fact]
    public async Task A_check_that_breaks_gives_away_no_more_than_what_broke()
    {
        var readiness = new Readiness(new Started(), [new Broken()], _time);
        Assert.Equal(["Broken: InvalidOperationException"], await readiness.WhyNotAsync(TestContext.Current.CancellationToken));
    }

    private sealed class Hanging(string noAnswer) : IReadinessCheck
    {
        public string NoAnswer => noAnswer;

        public async ValueTask<string?> WhyNotAsync(CancellationToken cancellationToken)
        {
            await new TaskCompletionSource().Task;
            return null;
        }
    }

    private sealed class Broken : IReadinessCheck
    {
        public string NoAnswer => "";

        public ValueTask<string?> WhyNotAsync(CancellationToken cancellationToken) => throw new InvalidOperationException("a secret");
    }

    private sealed class HangingBook : IBook
    {
        public Task<long> CountAsync(string tenantId, CancellationToken cancellationToken) => new TaskCompletionSource<long>().Task;

        public Task<AppendOutcome> AppendAsync(string tenantId, long expectedCount, IReadOnlyList<ReadOnlyMemory<byte>> entries, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public IAsyncEnumerable<RawEntry> ReadAsync(string tenantId, long firstSeq, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<RawEntry?> FindAsync(string tenantId, long seq, CancellationToken cancellationToken) => throw new NotSupportedException();
    }

    private sealed class Started : IHostApplicationLifetime
    {
        public CancellationToken ApplicationStarted { get; } = new(canceled: true);

        public CancellationToken ApplicationStopping => default;

        public CancellationToken ApplicationStopped => default;

        public void StopApplication()
        {
        }
    }
}
