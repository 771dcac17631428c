using System.Globalization;

namespace OrleansGateway;

/// <summary>One committed state of the table, checked: version and rows are of the same moment.</summary>
internal sealed class ClusterView
{
    private ClusterView(ClusterObject source, IReadOnlyList<MembershipEntry> rows) => (Source, Rows) = (source, rows);

    /// <summary>As it was read; a write refers to its <c>resourceVersion</c>.</summary>
    public ClusterObject Source { get; }

    /// <summary>Made for this view alone: whoever reads may change them.</summary>
    public IReadOnlyList<MembershipEntry> Rows { get; }

    public int Version => Source.Status?.Version ?? 0;

    /// <summary>The table's etag, and each row's: the API server's own version also moves when a label is added.</summary>
    public string Etag => Version.ToString(CultureInfo.InvariantCulture);

    public TableVersion TableVersion => new(Version, Etag);

    /// <summary>Where clients find the silos that serve.</summary>
    public IReadOnlyList<Uri> Gateways =>
        [.. Rows.Where(row => row is { Status: SiloStatus.Active, ProxyPort: not 0 })
            .Select(row => SiloAddress.New(row.SiloAddress.Endpoint.Address, row.ProxyPort, row.SiloAddress.Generation).ToGatewayUri())];

    /// <summary>Throws <see cref="KubernetesClusteringException"/> when it is not a table.</summary>
    public static ClusterView Of(ClusterObject source)
    {
        try
        {
            return new ClusterView(source, RowsOf(source.Status));
        }
        catch (Exception e) when (e is FormatException or ArgumentException or InvalidOperationException)
        {
            throw new KubernetesClusteringException(
                $"The OrleansCluster {source.Metadata.Name} is malformed: {e.Message} "
                + "Put its status back as it was (kubectl edit --subresource=status); never delete it while silos run.",
                e);
        }
    }

    private static List<MembershipEntry> RowsOf(ClusterStatus? status)
    {
        if (status is null) return [];
        if (status.Version < 0) throw new FormatException($"its version is {status.Version}.");
        if (status.Members is null) throw new FormatException("it has no members.");
        var rows = status.Members.Select(ClusterRow.ToEntry).ToList();
        if (rows.GroupBy(row => row.SiloAddress).FirstOrDefault(same => same.Count() > 1) is { } twice) throw new FormatException($"{twice.Key} is there twice.");
        if (rows.Count > 0 && status.Version == 0) throw new FormatException("it has silos, but its version is 0.");
        return rows;
    }
}
