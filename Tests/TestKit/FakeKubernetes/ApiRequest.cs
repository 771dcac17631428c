using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using k8s.Models;
using Microsoft.AspNetCore.Http;

namespace OrleansGateway.Tests.TestKit.FakeKubernetes;

/// <summary>What is asked of which objects.</summary>
internal sealed partial record ApiRequest(string Verb, string Group, string Resource, string Namespace, string? Name, bool IsStatus, HttpRequest Http)
{
    /// <summary>As a rule of RBAC would name it.</summary>
    public string Kind => $"{Verb} {Resource}{(IsStatus ? "/status" : "")}";

    public bool IsCustom => Resource == "orleansclusters";

    public bool IsSecret => Resource == "secrets";

    /// <summary>Whether a rule of RBAC lets it through. What is created has no name yet, so a rule for names never does.</summary>
    public bool IsAllowedBy(V1PolicyRule rule) => rule.Verbs.Contains(Verb) && rule.ApiGroups.Contains(Group) && rule.Resources.Contains(IsStatus ? $"{Resource}/status" : Resource)
        && (rule.ResourceNames is not { Count: > 0 } names || (Name is not null && names.Contains(Name)));

    public string Collection => $"{Resource}/{Namespace}";

    public string? Query(string name) => Http.Query[name].FirstOrDefault();

    public static ApiRequest Of(HttpRequest http)
    {
        var match = Path().Match(http.Path.Value!);
        if (!match.Success) throw ApiFault.NoSuchResource();
        string? name = match.Groups["name"] is { Success: true, Value: var found } ? found : null;
        var verb = http.Method switch
        {
            "GET" when name is not null => "get",
            "GET" => http.Query["watch"] == "true" ? "watch" : "list",
            "POST" => "create",
            "PUT" => "update",
            "PATCH" => "patch",
            "DELETE" => "delete",
            _ => throw ApiFault.BadRequest(http.Method),
        };
        return new ApiRequest(verb, match.Groups["group"].Value, match.Groups["resource"].Value, match.Groups["namespace"].Value, name, match.Groups["status"].Success, http);
    }

    /// <summary>What the selectors say.</summary>
    public bool Wants(JsonObject one)
    {
        if (Query("fieldSelector") is { } field && field != $"metadata.name={one["metadata"]!["name"]!.GetValue<string>()}") return false;
        if (Query("labelSelector") is not { } label) return true;
        var parts = label.Split('=', 2);
        return one["metadata"]!["labels"]?[parts[0]]?.GetValue<string>() == parts[1];
    }

    [GeneratedRegex(@"\A/(apis/(?<group>orleans\.gateway\.dev|coordination\.k8s\.io)|api)/v1/namespaces/(?<namespace>[^/]+)/(?<resource>orleansclusters|leases|secrets)(/(?<name>[^/]+)(?<status>/status)?)?\z")]
    private static partial Regex Path();
}
