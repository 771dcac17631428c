using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Unit.Telemetry;

/// <summary>Instruments say what the table says of them, and no more.</summary>
internal static class Labels
{
    public static void AreOfTheTable(Measurements measured)
    {
        foreach (var (name, labels) in measured.Labels) Assert.Empty(labels.Except(Metrics.All.Single(metric => metric.Name == name).Labels));
    }
}
