using System.Net.Http.Json;
using OrleansGateway.Simulator;
using OrleansGateway.Soak;

namespace OrleansGateway.LoadTest;

/// <summary>The bill of the simulator that was called, from when this was made on.</summary>
internal sealed class BookCheck : IDisposable
{
    // Calls that were given up are posted by the gateway when it notices.
    private const int Tries = 20;
    private static readonly TimeSpan BetweenTries = TimeSpan.FromMilliseconds(500);

    private readonly HttpClient _simulator;
    private readonly GatewayAdmin _admin;
    private readonly TimeProvider _time;
    private readonly long _lastBefore;

    private BookCheck(HttpClient simulator, GatewayAdmin admin, TimeProvider time, long lastBefore) =>
        (_simulator, _admin, _time, _lastBefore) = (simulator, admin, time, lastBefore);

    public static async Task<BookCheck> StartAsync(Uri simulator, GatewayAdmin admin, TimeProvider time)
    {
        var http = new HttpClient { BaseAddress = new Uri(simulator, "/"), Timeout = TimeSpan.FromSeconds(60) };
        return new BookCheck(http, admin, time, (await BillAsync(http)).Select(line => line.Seq).DefaultIfEmpty().Max());
    }

    /// <summary>Every way in which bill, ledgers and what callers were told differ; empty when they are equal.</summary>
    public async Task<IReadOnlyList<string>> CompareAsync(IReadOnlyCollection<ClientCall> calls)
    {
        for (var i = 1; ; i++)
        {
            var bill = (await BillAsync(_simulator)).Where(line => line.Seq > _lastBefore).ToList();
            var tenants = new List<TenantBooks>();
            foreach (var tenant in calls.Select(call => call.Tenant).Distinct()) tenants.Add(await TenantBooks.ReadAsync(tenant, _admin.GetAsync));
            var violations = new ThreeBooks(calls, tenants, bill).Compare();
            if (violations.Count == 0 || i == Tries) return violations;
            await Task.Delay(BetweenTries, _time);
        }
    }

    public void Dispose() => _simulator.Dispose();

    private static async Task<IReadOnlyList<BilledCall>> BillAsync(HttpClient simulator) => (await simulator.GetFromJsonAsync<BillSnapshot>("__sim/bill"))!.Calls;
}
