using System.Text;
using OrleansGateway.LoadTest;
using OrleansGateway.Soak;

namespace OrleansGateway.Benchmarks;

/// <summary>Places calls one after the other in so many loops: as fast as the gateway answers, so good for what it can do, not for how long callers wait.</summary>
internal sealed class ClosedLoop : IDisposable
{
    private readonly LoadTestOptions _options;
    private readonly int _loops;
    private readonly LoadCaller _caller;
    private readonly long _started = TimeProvider.System.GetTimestamp();
    private int _placed;
    private int _answered;

    public ClosedLoop(LoadTestOptions options, int loops)
    {
        (_options, _loops) = (options, loops);
        _caller = new LoadCaller(options, Since, _ => { });
    }

    /// <summary>Answered calls a second.</summary>
    public async Task<double> MeasureAsync(IReadOnlyList<LoadTenant> tenants, TimeSpan duration)
    {
        var (from, answered) = (Since(), _answered);
        await RunAsync(tenants, () => Since() < from + duration);
        return (_answered - answered) / (Since() - from).TotalSeconds;
    }

    /// <summary>One call with each key of all tenants, and as many more, in turn, as make up <paramref name="least"/>.</summary>
    public async Task TouchAsync(IReadOnlyList<LoadTenant> tenants, int least = 0)
    {
        List<LoadTenant> each = [.. tenants.SelectMany(tenant => tenant.Keys, (tenant, key) => new LoadTenant(tenant.Id, [key]))];
        var calls = Math.Max(each.Count, least);
        var left = calls;
        await RunAsync(each, () => Interlocked.Decrement(ref left) >= 0);
        if (_answered < calls) throw new InvalidOperationException($"{calls - _answered} of {calls} calls were not answered.");
    }

    public void Dispose() => _caller.Dispose();

    private Task RunAsync(IReadOnlyList<LoadTenant> tenants, Func<bool> goesOn)
    {
        _placed = 0;
        return Task.WhenAll(Enumerable.Range(0, _loops).Select(_ => Task.Run(async () =>
        {
            while (goesOn())
            {
                var number = Interlocked.Increment(ref _placed);
                var tenant = tenants[(number - 1) % tenants.Count];
                var plan = new CallPlan(number, _options.Path, _options.Model, Stream: false, _options.MaxTokens, null, UsageLies: false);
                var call = new ClientCall { Tenant = tenant.Id, Plan = plan, StartedAt = TimeProvider.System.GetUtcNow() };
                var (outcome, _) = await _caller.PlaceAsync(Since(), tenant.Keys[0], Encoding.UTF8.GetBytes(plan.Body()), call, CancellationToken.None);
                if (outcome.Answered) Interlocked.Increment(ref _answered);
            }
        })));
    }

    private TimeSpan Since() => TimeProvider.System.GetElapsedTime(_started);
}
