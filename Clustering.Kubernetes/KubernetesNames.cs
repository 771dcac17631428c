using System.Text.RegularExpressions;

namespace OrleansGateway;

/// <summary>Names as the API server takes them.</summary>
internal static partial class KubernetesNames
{
    /// <summary>A label of RFC 1123: what a namespace may be called, and, as it is also a label's value, a cluster.</summary>
    public static bool IsLabel(string name) => name.Length <= 63 && Label().IsMatch(name);

    [GeneratedRegex(@"\A[a-z0-9]([-a-z0-9]*[a-z0-9])?\z")]
    private static partial Regex Label();
}
