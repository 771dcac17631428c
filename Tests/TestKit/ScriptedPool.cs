using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace OrleansGateway.Tests.TestKit;

/// <summary>The pool as the host composes it, between scripted upstreams and fake books, on a clock that the test moves.</summary>
internal sealed class ScriptedPool : IDisposable
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(30);

    private readonly ServiceProvider _services;
    private readonly Dictionary<Uri, ScriptedUpstream> _upstreams = [];

    public ScriptedPool(Action<ProviderOptions>? configure = null)
    {
        A = new ScriptedUpstream(Time);
        B = new ScriptedUpstream(Time);
        _upstreams[new Uri("https://a.test/v1")] = A;
        _upstreams[new Uri("https://b.test/v1/")] = B;
        var providers = new ProvidersOptions();
        providers.Providers["a"] = new ProviderOptions { BaseAddress = new Uri("https://a.test/v1"), ApiKey = "key-of-a" };
        providers.Providers["b"] = new ProviderOptions { BaseAddress = new Uri("https://b.test/v1/"), Models = { "m2" } };
        configure?.Invoke(providers.Providers["a"]);
        Holds.Decide = request => new ReservationOutcome.Granted(Plan() with { Hold = request.Hold }, Limits);
        _services = new ServiceCollection()
            .AddSingleton(typeof(ILogger<>), typeof(NullLogger<>))
            .AddSingleton<TimeProvider>(Time)
            .AddSingleton(new Random(7))
            .AddSingleton<IHolds>(Holds)
            .AddSingleton<IAnswerStore>(Answers)
            .AddSingleton(new IdempotencyOptions { MaxAnswerBytes = MaxAnswerBytes, MaxTenantBytes = MaxTenantBytes })
            .AddSingleton<UpstreamTransport>(options => _upstreams[options.BaseAddress!])
            .AddProviderPool(providers)
            .BuildServiceProvider();
        Relay = _services.GetRequiredService<IRelay>();
        Pool = _services.GetRequiredService<IProviderPool>();
        Health = _services.GetRequiredService<UpstreamHealth>();
        Costs = _services.GetRequiredService<CostWatch>();
        Instruments = _services.GetRequiredService<UpstreamInstruments>();
        Meter = _services.GetRequiredService<GatewayMeter>();
        Kept = _services.GetRequiredService<KeptAnswers>();
        Settlement = _services.GetRequiredService<Settlement>();
        Drain = ActivatorUtilities.CreateInstance<SettlementDrain>(_services);
    }

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    public FakeHolds Holds { get; } = new();

    public InMemoryAnswerStore Answers { get; } = new();

    public const int MaxAnswerBytes = 4_096;

    public const int MaxTenantBytes = 16_384;

    /// <summary>What the tenant says is left, to who is admitted.</summary>
    public static RateLimitSnapshot Limits { get; } = new(600, 599, TimeSpan.FromMilliseconds(100), 200_000, 199_000, TimeSpan.FromSeconds(1));

    /// <summary>The first provider's upstream.</summary>
    public ScriptedUpstream A { get; }

    /// <summary>The second provider's upstream.</summary>
    public ScriptedUpstream B { get; }

    /// <summary>The whole pool, of which the relay is what comes after a reservation.</summary>
    public IProviderPool Pool { get; }

    public IRelay Relay { get; }

    public UpstreamHealth Health { get; }

    public CostWatch Costs { get; }

    public UpstreamInstruments Instruments { get; }

    /// <summary>What all of the pool is measured on.</summary>
    public GatewayMeter Meter { get; }

    public KeptAnswers Kept { get; }

    public Settlement Settlement { get; }

    /// <summary>What a silo that stops waits for.</summary>
    public SettlementDrain Drain { get; }

    public static PriceCard Price { get; } = new()
    {
        Version = "2026-01-01",
        EffectiveFrom = DateTimeOffset.UnixEpoch,
        InputUsdPerMillion = Money.FromUsd(2),
        OutputUsdPerMillion = Money.FromUsd(8),
    };

    public static PlanTarget TargetA { get; } = new("a", "m1", "m1-up", Price, 1000);

    public static PlanTarget OtherTargetA { get; } = new("a", "m3", "m3-up", Price, 1000);

    public static PlanTarget TargetB { get; } = new("b", "m2", "m2-up", Price, 1000);

    public ProviderPlan Plan(params PlanTarget[] targets) => new()
    {
        TenantId = "acme",
        Hold = new HoldId("req_1", 1),
        Held = Money.FromUsd(1),
        Deadline = Time.GetUtcNow() + TimeSpan.FromMinutes(10),
        InputTokens = 100,
        OutputTokens = 50,
        CapOutput = false,
        Choices = 1,
        Targets = targets.Length == 0 ? [TargetA] : [.. targets],
    };

    public static UpstreamRequest Request(bool stream = false, bool includeUsage = false)
    {
        var body = "{\"model\":\"m1\",\"messages\":[]" + (stream ? ",\"stream\":true" : "") + (includeUsage ? ",\"stream_options\":{\"include_usage\":true}" : "") + "}";
        return new UpstreamRequest { Body = Encoding.UTF8.GetBytes(body), Model = new ByteRange(9, 4), Stream = stream, IncludeUsage = includeUsage };
    }

    /// <summary>A request of the younger APIs.</summary>
    public static UpstreamRequest Request(UpstreamApi api, bool stream = false)
    {
        var body = "{\"model\":\"m1\"," + (api == UpstreamApi.Responses ? "\"input\":\"x\"" : "\"messages\":[]") + (stream ? ",\"stream\":true" : "") + "}";
        return new UpstreamRequest { Body = Encoding.UTF8.GetBytes(body), Api = api, Model = new ByteRange(9, 4), Stream = stream };
    }

    /// <summary>A request as a web front hands it over.</summary>
    public static PoolCall Call(bool stream = false) => new(
        "acme",
        new ReservationRequest { Hold = new HoldId("req_1", 1), KeyId = "k_12345678", Model = "m1", InputBytes = 100, Stream = stream, Idempotency = new Idempotency("k", "f") },
        Request(stream));

    public Task<PoolAnswer> ServeAsync(FakeSink? sink = null, CancellationToken gone = default) => FinishAsync(() => Pool.ServeAsync(Call(sink is not null), sink, gone));

    public Task<ProviderAnswer> CompleteAsync(UpstreamApi api, params PlanTarget[] targets) => FinishAsync(() => Relay.CompleteAsync(Plan(targets), Request(api)));

    public Task<ProviderAnswer> StreamAsync(UpstreamApi api, FakeSink sink, params PlanTarget[] targets) =>
        FinishAsync(() => Relay.StreamAsync(Plan(targets), Request(api, stream: true), sink));

    public Task<ProviderAnswer> CompleteAsync(params PlanTarget[] targets) => FinishAsync(() => Relay.CompleteAsync(Plan(targets), Request()));

    public Task<ProviderAnswer> StreamAsync(FakeSink sink, bool includeUsage = false, params PlanTarget[] targets) =>
        FinishAsync(() => Relay.StreamAsync(Plan(targets), Request(stream: true, includeUsage), sink));

    /// <summary>
    /// Starts something and moves the clock until it ends. All waits hang on this clock and resume within its moves, so the outcome is the
    /// same on every machine.
    /// </summary>
    public Task<T> FinishAsync<T>(Func<Task<T>> start) => Task.Run(() =>
    {
        var task = start();
        for (var passed = TimeSpan.Zero; !task.IsCompleted; passed += Step)
        {
            if (passed > Longest) throw new TimeoutException("It never ends.");
            Time.Advance(Step);
        }
        return task;
    });

    /// <summary>What a silo that stops waits for.</summary>
    public CallsUnderWay UnderWay => _services.GetRequiredService<CallsUnderWay>();

    /// <summary>Lets two minutes pass, in which what is still under way must end.</summary>
    public Task DrainAsync() => Task.Run(async () =>
    {
        for (var passed = TimeSpan.Zero; passed < TimeSpan.FromMinutes(2); passed += Step) Time.Advance(Step);
        await UnderWay.DrainAsync(CancellationToken.None);
        await Settlement.DrainAsync(CancellationToken.None);
    });

    public void Dispose() => _services.Dispose();
}
