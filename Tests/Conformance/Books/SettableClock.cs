namespace OrleansGateway.Tests.Conformance.Books;

/// <summary>A calendar the test turns; waiting goes by real time.</summary>
internal sealed class SettableClock(DateTimeOffset now) : TimeProvider
{
    public DateTimeOffset Now { get; set; } = now;

    public override DateTimeOffset GetUtcNow() => Now;
}
