using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace OrleansGateway.Benchmarks;

/// <summary>What recording a request's metrics costs: with nobody who reads them, and collected as <c>/metrics</c> does.</summary>
internal sealed class TelemetryRun
{
    public const string Usage = "dotnet run -c Release --project Tools/Benchmarks -- telemetry";

    private const int Requests = 1_000_000;

    private readonly TenantInstruments _tenants;
    private readonly BookInstruments _books;
    private readonly UpstreamInstruments _upstreams;
    private readonly BookEntry _held = new BookEntry.Held
    {
        At = default,
        Request = "r",
        Attempt = 1,
        Amount = new Money(9),
        Deadline = default,
        InputTokens = 9,
        OutputTokens = 9,
        Choices = 1,
    };
    private readonly BookEntry _posted = new BookEntry.Posted
    {
        At = default,
        Request = "r",
        Attempt = 1,
        Usage = new TokenUsage(7, 32),
        Cost = new Money(270_000),
        Outcome = "ok",
        Provider = "holysheep",
        Model = "gpt-4.1",
    };
    private readonly ReservationOutcome _granted = new ReservationOutcome.Replay(default, default, default);
    private readonly PlanTarget _target = new("holysheep", "gpt-4.1", "gpt-4.1", null!, 1_000);
    private readonly AttemptOutcome _answered = new AttemptOutcome.Answered(
        new ProviderAnswer.Streamed(new AnsweredBy("holysheep", "gpt-4.1", 1, false), new TokenUsage(7, 32), default, "ok"));

    private TelemetryRun(GatewayMeter meter)
    {
        _tenants = new TenantInstruments(meter, new TenantLabels(new TelemetryOptions()));
        _books = new BookInstruments(meter);
        _upstreams = new UpstreamInstruments(meter, new UpstreamHealth(new PoolTime(TimeProvider.System)), TimeProvider.System);
    }

    public static IEnumerable<string> Measure()
    {
        using (var meter = new GatewayMeter()) yield return new TelemetryRun(meter).Line("nobody reads");
        using (var meter = new GatewayMeter())
        using (Sdk.CreateMeterProviderBuilder().AddMeter(Metrics.MeterName).AddPrometheusExporter().Build()) yield return new TelemetryRun(meter).Line("collected");
    }

    private string Line(string how)
    {
        for (var i = 0; i < Requests / 10; i++) Record();
        // The processor's time, not the clock's: others may want the machine too.
        var (allocated, started) = (GC.GetAllocatedBytesForCurrentThread(), Environment.CpuUsage.TotalTime);
        for (var i = 0; i < Requests; i++) Record();
        var took = Environment.CpuUsage.TotalTime - started;
        return $"{how}: {took.TotalNanoseconds / Requests:0} ns, {(GC.GetAllocatedBytesForCurrentThread() - allocated) / (double)Requests:0.##} B a request";
    }

    // A stream: its hold, its attempt, its posting.
    private void Record()
    {
        _tenants.OnDecided("acme", _granted);
        _tenants.OnAppended("acme", _held);
        _books.OnAppend(BookInstruments.Appended, 1, TimeSpan.FromMilliseconds(2));
        _upstreams.OnStreams(_target, 1);
        _upstreams.OnFirstChunk(UpstreamApi.Chat, _target, TimeSpan.FromMilliseconds(300));
        _upstreams.OnStreams(_target, -1);
        _upstreams.OnEnded(UpstreamApi.Chat, _target, _answered, TimeSpan.FromSeconds(2));
        _tenants.OnAppended("acme", _posted);
        _books.OnAppend(BookInstruments.Appended, 1, TimeSpan.FromMilliseconds(2));
    }
}
