using System.Text.Json;
using System.Text.Json.Nodes;

namespace OrleansGateway.Admin;

/// <summary>A tenant on the wire: its policy, and when it was opened and last changed.</summary>
internal static class TenantJson
{
    public static JsonObject Of(TenantPolicy policy) => JsonSerializer.SerializeToNode(policy, AdminJson.Options)!.AsObject();

    public static JsonObject Of(TenantRecord tenant)
    {
        var json = Of(tenant.Policy);
        json["createdAt"] = Instant.Format(tenant.CreatedAt);
        json["updatedAt"] = Instant.Format(tenant.UpdatedAt);
        return json;
    }

    public static string? Explain(string path) => path switch
    {
        "createdAt" or "updatedAt" => "The gateway sets it; leave the field out.",
        _ => null,
    };
}
