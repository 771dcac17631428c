namespace OrleansGateway;

/// <summary>Whether the last append that this process tried, of any tenant, was refused or not answered by the store.</summary>
internal sealed class StoreHealth
{
    private volatile bool _writesFail;

    public bool WritesFail => _writesFail;

    public void OnWritten()
    {
        if (_writesFail) _writesFail = false;
    }

    public void OnFailed() => _writesFail = true;
}
