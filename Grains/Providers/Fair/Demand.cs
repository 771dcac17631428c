namespace OrleansGateway;

/// <summary>
/// What is asked of a lane at this silo, and by whom: what came in the last three seconds, nearly, and who came in the last ten. Not safe by itself: its lane
/// locks.
/// </summary>
internal sealed class Demand(TimeProvider time)
{
    private static readonly TimeSpan Memory = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan MemoryOfTenants = TimeSpan.FromSeconds(10);

    private readonly Dictionary<string, (int Weight, long At)> _tenants = new(StringComparer.Ordinal);
    private double _sum;
    private long _at = time.GetTimestamp();

    public void OnArrival(string tenant, int weight, double cost)
    {
        _sum = Now() + cost;
        _tenants[tenant] = (weight, _at);
    }

    /// <summary>What is asked for in a minute, as a part of the limit, and the weights of those who ask.</summary>
    public (double PerMinute, int Weight) Sum()
    {
        _sum = Now();
        foreach (var (tenant, (_, at)) in _tenants)
            if (time.GetElapsedTime(at, _at) > MemoryOfTenants) _tenants.Remove(tenant);
        return (_sum * (TimeSpan.FromMinutes(1) / Memory), _tenants.Values.Sum(tenant => tenant.Weight));
    }

    private double Now()
    {
        var now = time.GetTimestamp();
        var sum = _sum * Math.Exp(-(time.GetElapsedTime(_at, now) / Memory));
        _at = now;
        return sum;
    }
}
