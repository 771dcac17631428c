using Xunit.Sdk;
using Xunit.v3;

[assembly: TestCollectionOrderer(typeof(OrleansGateway.Tests.SlowestFirst))]

namespace OrleansGateway.Tests;

/// <summary>
/// What starts processes and waits for them begins first, so that the quick tests fill the gaps and the run does not end with one that is waited for. Whole clusters of processes
/// are one collection: two at once would be short of processor time, and take each other's silos for dead.
/// </summary>
internal sealed class SlowestFirst : ITestCollectionOrderer
{
    /// <summary>The collection of tests that start several silos.</summary>
    public const string Clusters = "Clusters of processes";

    /// <inheritdoc/>
    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : ITestCollection =>
        [.. testCollections.OrderBy(c => c.TestCollectionDisplayName switch
        {
            Clusters => 0,
            var name when name.Contains(".Faults.", StringComparison.Ordinal) => 1,
            _ => 2,
        }).ThenBy(c => c.TestCollectionDisplayName, StringComparer.Ordinal)];
}
