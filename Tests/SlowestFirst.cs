using Xunit.Sdk;
using Xunit.v3;

[assembly: TestCollectionOrderer(typeof(OrleansGateway.Tests.SlowestFirst))]

namespace OrleansGateway.Tests;

/// <summary>What starts processes and waits for them begins first, so that the quick tests fill the gaps and the run does not end with one that is waited for.</summary>
internal sealed class SlowestFirst : ITestCollectionOrderer
{
    private static readonly string[] Slow = [".Faults.", ".Cluster."];

    /// <inheritdoc/>
    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : ITestCollection =>
        [.. testCollections.OrderBy(c => !Array.Exists(Slow, name => c.TestCollectionDisplayName.Contains(name, StringComparison.Ordinal))).ThenBy(c => c.TestCollectionDisplayName, StringComparer.Ordinal)];
}
