namespace OrleansGateway.Tests;

internal sealed class FakeOperatorGrain : IOperatorGrain
{
    public ApiKeyHash? Known { get; set; }

    public int Calls { get; private set; }

    public Task<bool> Claim(ApiKeyHash generated) => throw new NotSupportedException();

    public Task<bool> Verify(ApiKeyHash shown)
    {
        Calls++;
        return Task.FromResult(Known == shown);
    }
}
