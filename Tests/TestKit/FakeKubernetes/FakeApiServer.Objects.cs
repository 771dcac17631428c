using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace OrleansGateway.Tests.TestKit.FakeKubernetes;

internal sealed partial class FakeApiServer
{
    private static readonly ResourceSchema Schema = ResourceSchema.Load();

    private async Task<JsonObject> CarryOutAsync(HttpContext http, ApiRequest request) => request.Verb switch
    {
        "get" => Store.Find(request.Collection, request.Name!) ?? throw ApiFault.NotFound(request.Resource, request.Name!),
        "list" => ListOf(request),
        "create" => Create(request, await BodyAsync(http)),
        "update" => Update(request, await BodyAsync(http)),
        "patch" => Patch(request, await BodyAsync(http)),
        "delete" => Store.Change(request.Collection, request.Name!, was => was is null ? throw ApiFault.NotFound(request.Resource, request.Name!) : null)!,
        _ => throw ApiFault.BadRequest(request.Verb),
    };

    private static async Task<JsonObject> BodyAsync(HttpContext http)
    {
        try
        {
            return (JsonObject)(await JsonNode.ParseAsync(http.Request.Body, cancellationToken: http.RequestAborted))!;
        }
        catch (JsonException e)
        {
            throw ApiFault.BadRequest(e.Message);
        }
    }

    private JsonObject ListOf(ApiRequest request)
    {
        var (version, objects) = Store.List(request.Collection, request.Wants);
        return new JsonObject
        {
            ["kind"] = "List",
            ["apiVersion"] = "v1",
            ["metadata"] = new JsonObject { ["resourceVersion"] = version },
            ["items"] = new JsonArray([.. objects]),
        };
    }

    private JsonObject Create(ApiRequest request, JsonObject body)
    {
        var name = body["metadata"]?["name"]?.GetValue<string>() ?? throw ApiFault.Invalid(["metadata.name: Required value"]);
        return Store.Change(request.Collection, name, was =>
        {
            if (was is not null) throw ApiFault.Exists(request.Resource, name);
            if (request.IsCustom) body.Remove("status"); // only the subresource sets it
            return Admit(request, Born(request, name, body), null);
        })!;
    }

    private JsonObject Update(ApiRequest request, JsonObject body) => Store.Change(request.Collection, request.Name!, was =>
    {
        if (was is null) throw ApiFault.NotFound(request.Resource, request.Name!);
        var metadata = body["metadata"];
        if (metadata?["uid"] is { } uid && !JsonNode.DeepEquals(uid, was["metadata"]!["uid"])) throw ApiFault.Conflict(request.Resource, request.Name!);
        if (metadata?["resourceVersion"] is { } version && !JsonNode.DeepEquals(version, was["metadata"]!["resourceVersion"]))
            throw ApiFault.Conflict(request.Resource, request.Name!);

        var now = (JsonObject)was.DeepClone();
        if (request.IsStatus)
        {
            // Everything but the status is ignored.
            now.Remove("status");
            if (body["status"] is { } status) now["status"] = status.DeepClone();
        }
        else
        {
            if (request.IsSecret)
                foreach (var field in now.Select(f => f.Key).Where(f => f is not "metadata" && !body.ContainsKey(f)).ToList()) now.Remove(field);
            foreach (var field in body.Where(f => f.Key is not ("status" or "metadata")).ToList()) now[field.Key] = field.Value?.DeepClone();
            foreach (var field in new[] { "labels", "annotations" })
                if (metadata?[field] is { } value) now["metadata"]![field] = value.DeepClone();
        }

        return Admit(request, now, was);
    })!;

    private JsonObject Patch(ApiRequest request, JsonObject body)
    {
        if (request.Resource != "leases") throw new ApiFault(405, "MethodNotAllowed", "the fake patches leases only");
        var type = request.Http.ContentType?.Split(';')[0];
        return Store.Change(request.Collection, request.Name!, was =>
        {
            switch (type)
            {
                case "application/apply-patch+yaml":
                    var manager = request.Query("fieldManager") ?? throw ApiFault.BadRequest("fieldManager is required for apply patch");
                    if (body["metadata"]?["managedFields"] is not null) throw ApiFault.BadRequest("metadata.managedFields must be nil");
                    if (body["kind"]?.GetValue<string>() != "Lease" || body["apiVersion"] is null) throw ApiFault.BadRequest("apiVersion and kind are required for apply patch");
                    if (body["metadata"]?["name"] is { } named && named.GetValue<string>() != request.Name)
                        throw ApiFault.BadRequest("the name of the object does not match the name on the URL");
                    var applied = LeaseRules.Apply(was, body, manager, request.Query("force") == "true");
                    return Admit(request, was is null ? Born(request, request.Name!, applied) : applied, was);
                case "application/merge-patch+json":
                    if (was is null) throw ApiFault.NotFound(request.Resource, request.Name!);
                    var now = (JsonObject)was.DeepClone();
                    LeaseRules.Merge(now, body);
                    return Admit(request, now, was);
                default:
                    throw new ApiFault(415, "UnsupportedMediaType", $"the body of the request was in an unknown format: {type}");
            }
        })!;
    }

    private static JsonObject Born(ApiRequest request, string name, JsonObject body)
    {
        var born = (JsonObject)body.DeepClone();
        var metadata = (JsonObject)(born["metadata"] ??= new JsonObject());
        metadata["name"] = name;
        metadata["namespace"] = request.Namespace;
        metadata["uid"] = Guid.NewGuid().ToString();
        metadata["creationTimestamp"] = "2026-01-01T00:00:00Z";
        metadata["generation"] = 1;
        return born;
    }

    private static JsonObject Admit(ApiRequest request, JsonObject now, JsonObject? was)
    {
        if (!request.IsCustom)
        {
            if (request.IsSecret) SecretRules.Check(now, was);
            else LeaseRules.Check(now);
            return now;
        }

        if (Schema.PruneAndCheck(now, was) is { Count: > 0 } faults) throw ApiFault.Invalid(faults);
        if (was is not null && !JsonNode.DeepEquals(now["spec"], was["spec"])) now["metadata"]!["generation"] = was["metadata"]!["generation"]!.GetValue<int>() + 1;
        return now;
    }
}
