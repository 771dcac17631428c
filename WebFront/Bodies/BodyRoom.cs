namespace OrleansGateway;

/// <summary>
/// How many bytes of request bodies are in memory at once, of all callers and of each tenant: bodies come before any limit of their tenant is asked, and stay
/// for as long as their calls take.
/// </summary>
internal sealed class BodyRoom
{
    /// <summary>A body of no more is not counted: <see cref="Capacity"/> bounds how many there are.</summary>
    public const int Uncounted = 8 * 1024;

    private const int LargestBodiesOfTenant = 4;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, long> _tenants = [];
    private long _taken;

    /// <param name="options">What the operator set.</param>
    /// <param name="memory">What the process may have, for what was not set.</param>
    public BodyRoom(GatewayOptions options, long memory)
    {
        var few = LargestBodiesOfTenant * options.MaxRequestBodyBytes;
        Most = options.MaxHeldBodyBytes ?? Math.Max(memory / 4, few);
        MostOfTenant = options.MaxHeldBodyBytesPerTenant ?? Math.Min(Most, Math.Max(Most / 8, few));
    }

    /// <summary>What fits of all callers together.</summary>
    public long Most { get; }

    /// <summary>What fits of one tenant.</summary>
    public long MostOfTenant { get; }

    /// <summary>What is taken.</summary>
    public long Taken
    {
        get { lock (_gate) return _taken; }
    }

    public static BodyRoom OfThisProcess(GatewayOptions options) => new(options, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);

    /// <summary>Takes room; where there is none nothing is taken, and what the caller is to be told is returned. What was taken must be given back.</summary>
    public GatewayError? Take(string tenantId, long bytes)
    {
        lock (_gate)
        {
            var ofTenant = _tenants.GetValueOrDefault(tenantId) + bytes;
            if (ofTenant > MostOfTenant) return TooManyOfTenant;
            if (_taken + bytes > Most) return Faults.Overloaded;
            _tenants[tenantId] = ofTenant;
            _taken += bytes;
            return null;
        }
    }

    /// <summary>Gives room back.</summary>
    public void Give(string tenantId, long bytes)
    {
        lock (_gate)
        {
            _taken -= bytes;
            if ((_tenants[tenantId] -= bytes) == 0) _tenants.Remove(tenantId);
        }
    }

    private static readonly GatewayError TooManyOfTenant = new(
        GatewayErrorKind.RateLimitExceeded, "Rate limit reached for this tenant: too many large request bodies at once. Try again in 1 s, or send fewer at a time.");
}
