namespace OrleansGateway.Tests.TestKit;

internal sealed class FakeOperatorGrain
{
    public IOperatorGrain Grain => new Skin(this);

    public ApiKeyHash? Known { get; set; }

    public bool Started { get; private set; }

    /// <summary>Whether the next claim is stored and its answer lost.</summary>
    public bool LosesAnswer { get; set; }

    public int Calls { get; private set; }

    public Task<bool> Verify(ApiKeyHash shown)
    {
        Calls++;
        return Task.FromResult(Known == shown);
    }

    private Task<bool> Answer(bool value)
    {
        var lost = LosesAnswer;
        LosesAnswer = false;
        return lost ? throw new TimeoutException() : Task.FromResult(value);
    }

    // Private, so that no silo of a cluster test takes it for a grain class.
    private sealed class Skin(FakeOperatorGrain fake) : IOperatorGrain
    {
        public Task<bool> IsFirstStart() => Task.FromResult(!fake.Started);

        public Task<bool> HasAdminKey() => Task.FromResult(fake.Known is not null);

        public Task<bool> ClaimFirstStart()
        {
            var first = !fake.Started;
            fake.Started = true;
            return fake.Answer(first);
        }

        public Task<bool> ClaimAdminKey(ApiKeyHash generated)
        {
            fake.Known ??= generated;
            return fake.Answer(fake.Known == generated);
        }

        public Task<bool> Verify(ApiKeyHash shown) => fake.Verify(shown);
    }
}
