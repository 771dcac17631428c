using System.Collections.Concurrent;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;

namespace OrleansGateway.Tests.TestKit;

/// <summary>The pool as it is, over a fake relay that answers every call unless told otherwise.</summary>
internal sealed class FakeProviderGrain : IRelay
{
    private readonly ConcurrentDictionary<string, CancellationTokenSource> _gone = [];
    private readonly TaskCompletionSource _left = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ProviderPool _pool;

    public FakeProviderGrain(IGrainFactory grains)
    {
        var holds = new TenantHolds(grains);
        var releases = new HoldReleases(holds, new Random(1), TimeProvider.System, NullLogger<HoldReleases>.Instance);
        _pool = new ProviderPool(new ReservationStep(holds, releases, TimeProvider.System), releases, this, new CallsUnderWay());
    }

    public IProviderGrain Grain => new Skin(this);

    public const string Completion =
        """{"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"gpt-4.1","choices":[{"index":0,"message":{"role":"assistant","content":"Hello","refusal":null},"finish_reason":"stop"}],"usage":{"prompt_tokens":12,"completion_tokens":30,"total_tokens":42}}""";

    public static readonly AnsweredBy By = new("simulator", "gpt-4.1", 1, false);
    public static readonly StreamHead Head = new(By, default);
    public static readonly PostingReceipt Receipt = new(Money.FromUsd(0.000264m), Money.Zero);
    public static readonly TokenUsage Usage = new(12, 30);

    public Func<ProviderPlan, UpstreamRequest, Task<ProviderAnswer>>? OnComplete { get; set; }

    public Func<ProviderPlan, UpstreamRequest, IChunkSink, Task<ProviderAnswer>>? OnStream { get; set; }

    /// <summary>What a replay gives; null is what was too large to keep.</summary>
    public Func<HoldId, PostingReceipt, ReplayedAnswer?>? OnReplay { get; set; }

    public List<UpstreamRequest> Requests { get; } = [];

    /// <summary>Completes when it was told that a caller has gone.</summary>
    public Task Left => _left.Task.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);

    public Task<ProviderAnswer> CompleteAsync(ProviderPlan plan, UpstreamRequest request, CancellationToken gone = default)
    {
        Requests.Add(request);
        return OnComplete?.Invoke(plan, request) ?? Task.FromResult<ProviderAnswer>(Completed(Completion));
    }

    public Task<ProviderAnswer> StreamAsync(ProviderPlan plan, UpstreamRequest request, IChunkSink sink, RateLimitSnapshot limits = default, CancellationToken gone = default)
    {
        Requests.Add(request);
        return OnStream is null ? throw new NotSupportedException() : OnStream(plan, request, sink);
    }

    public Task<ReplayedAnswer?> ReplayAsync(string tenantId, HoldId hold, string key, PostingReceipt receipt) => Task.FromResult(OnReplay?.Invoke(hold, receipt));

    public static ProviderAnswer.Completed Completed(string body) => new(By, Encoding.UTF8.GetBytes(body), Usage, Receipt, "ok");

    public static ProviderAnswer.Streamed Streamed() => new(By, Usage, Receipt, "ok");

    public static ProviderAnswer.Failed Failed(UpstreamFailureKind kind, bool begun = false) => new() { Kind = kind, By = By, Begun = begun, Outcome = "failed" };

    // Private, so that no silo of a cluster test takes it for a grain class.
    private sealed class Skin(FakeProviderGrain fake) : IProviderGrain
    {
        public Task<PoolAnswer> Serve(PoolCall asked, IChunkSink? sink, ICallWatch watch)
        {
            var gone = fake._gone[asked.RequestId] = new CancellationTokenSource();
            return Task.Run(() => fake._pool.ServeAsync(asked, sink, gone.Token));
        }

        public Task Leave(string requestId)
        {
            fake._gone[requestId].Cancel();
            fake._left.TrySetResult();
            return Task.CompletedTask;
        }
    }
}
