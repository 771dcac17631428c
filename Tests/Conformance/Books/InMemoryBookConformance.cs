using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Conformance.Books;

[SuiteFor(typeof(InMemoryBook))]
public sealed class InMemoryBookConformance : BookConformance
{
    protected override IBook Book { get; } = new InMemoryBook();
}
