using System.Text.Json.Nodes;

namespace OrleansGateway.Admin;

/// <summary>JSON Merge Patch (RFC 7396): null removes, objects merge, everything else replaces.</summary>
internal static class MergePatch
{
    /// <summary>A new document; both arguments stay as they are.</summary>
    public static JsonObject Apply(JsonObject target, JsonObject patch)
    {
        var merged = target.DeepClone().AsObject();
        foreach (var (name, value) in patch)
        {
            if (value is null) merged.Remove(name);
            else if (value is JsonObject change) merged[name] = Apply(merged[name] as JsonObject ?? [], change);
            else merged[name] = value.DeepClone();
        }

        return merged;
    }
}
