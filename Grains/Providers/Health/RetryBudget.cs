namespace OrleansGateway;

/// <summary>
/// How many retries an upstream's model gets: one for every ten requests, and ten to begin with. When everything fails, retries add a tenth to the load and
/// not twice as much again.
/// </summary>
internal sealed class RetryBudget
{
    private const double PerRequest = 0.1;
    private const double Most = 10;

    private readonly Lock _lock = new();
    private double _left = Most;

    /// <summary>Retries that are left.</summary>
    public double Left
    {
        get
        {
            lock (_lock) return _left;
        }
    }

    /// <summary>A request came.</summary>
    public void OnRequest()
    {
        lock (_lock) _left = Math.Min(_left + PerRequest, Most);
    }

    /// <summary>Takes one retry; false when there is none.</summary>
    public bool TryTake()
    {
        lock (_lock)
        {
            // A hundred tenths are not quite ten.
            if (_left < 1 - 1e-9) return false;
            _left -= 1;
            return true;
        }
    }
}
