using OrleansGateway.Tests.Conformance.Books;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Conformance.Answers;

[SuiteFor(typeof(InMemoryAnswerStore))]
public sealed class InMemoryAnswerStoreConformance : AnswerStoreConformance
{
    protected override IAnswerStore Store { get; } = new InMemoryAnswerStore();
}
