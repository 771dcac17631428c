using System.Text.Json.Serialization;
using k8s.Models;

namespace OrleansGateway;

/// <summary>The custom resource as it crosses the wire; its definition is <c>crd/orleansclusters.yaml</c>.</summary>
internal sealed class ClusterObject
{
    public const string Group = "orleans.gateway.dev";
    public const string Version = "v1";
    public const string Plural = "orleansclusters";

    [JsonPropertyName("apiVersion")]
    public string ApiVersion { get; set; } = $"{Group}/{Version}";

    [JsonPropertyName("kind")]
    public string Kind { get; set; } = "OrleansCluster";

    [JsonPropertyName("metadata")]
    public V1ObjectMeta Metadata { get; set; } = new();

    [JsonPropertyName("spec")]
    public ClusterSpec? Spec { get; set; }

    [JsonPropertyName("status")]
    public ClusterStatus? Status { get; set; }
}

/// <summary>Whose table it is; never changes.</summary>
internal sealed record ClusterSpec(
    [property: JsonPropertyName("clusterId")] string ClusterId,
    [property: JsonPropertyName("serviceId")] string ServiceId);

/// <summary>The table: its version and all its rows.</summary>
internal sealed record ClusterStatus(
    [property: JsonPropertyName("version")] int Version,
    [property: JsonPropertyName("activeSilos")] int ActiveSilos,
    [property: JsonPropertyName("members")] IReadOnlyList<ClusterMember> Members);

/// <summary>One row. Times are text: the client's own format would cut them to microseconds.</summary>
internal sealed record ClusterMember
{
    [JsonPropertyName("address")]
    public required string Address { get; init; }

    [JsonPropertyName("status")]
    public required string Status { get; init; }

    [JsonPropertyName("siloName")]
    public string? SiloName { get; init; }

    [JsonPropertyName("hostName")]
    public string? HostName { get; init; }

    [JsonPropertyName("proxyPort")]
    public int ProxyPort { get; init; }

    [JsonPropertyName("roleName")]
    public string? RoleName { get; init; }

    [JsonPropertyName("updateZone")]
    public int UpdateZone { get; init; }

    [JsonPropertyName("faultZone")]
    public int FaultZone { get; init; }

    [JsonPropertyName("startTime")]
    public required string StartTime { get; init; }

    [JsonPropertyName("iAmAliveTime")]
    public required string IAmAliveTime { get; init; }

    [JsonPropertyName("suspectTimes")]
    public IReadOnlyList<SuspectVote>? SuspectTimes { get; init; }
}

/// <summary>A vote to declare a silo dead.</summary>
internal sealed record SuspectVote(
    [property: JsonPropertyName("silo")] string Silo,
    [property: JsonPropertyName("at")] string At);
