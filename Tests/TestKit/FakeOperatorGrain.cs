namespace OrleansGateway.Tests.TestKit;

internal sealed class FakeOperatorGrain
{
    public IOperatorGrain Grain => new Skin(this);

    public ApiKeyHash? Known { get; set; }

    public int Calls { get; private set; }

    public Task<bool> Verify(ApiKeyHash shown)
    {
        Calls++;
        return Task.FromResult(Known == shown);
    }

    // Private, so that no silo of a cluster test takes it for a grain class.
    private sealed class Skin(FakeOperatorGrain fake) : IOperatorGrain
    {
        public Task<bool> ClaimFirstStart() => throw new NotSupportedException();

        public Task<bool> ClaimAdminKey(ApiKeyHash generated) => throw new NotSupportedException();

        public Task<bool> Verify(ApiKeyHash shown) => fake.Verify(shown);
    }
}
