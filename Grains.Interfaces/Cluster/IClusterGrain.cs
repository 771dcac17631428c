namespace OrleansGateway;

/// <summary>The cluster, as its members see it; any worker answers.</summary>
[GrainInterfaceType("cluster"), Alias("cluster")]
public interface IClusterGrain : IGrainWithIntegerKey
{
    /// <summary>All silos in the membership table, those that have left too, with what the running ones say of themselves. Reads the table once.</summary>
    [Alias("describe"), ResponseTimeout("00:00:10")]
    Task<ClusterReport> Describe();

    /// <summary>What time the cluster has.</summary>
    [Alias("now"), ResponseTimeout("00:00:02")]
    Task<DateTimeOffset> Now();
}
