namespace OrleansGateway;

/// <summary>How silos and clients know that they belong together, unless the section <c>Orleans</c> names them otherwise.</summary>
internal static class ClusterNames
{
    public const string ClusterId = "orleans-gateway";
    public const string ServiceId = "orleans-gateway";
}
