using System.Text.Json.Nodes;

namespace OrleansGateway.Tests.TestKit.FakeKubernetes;

/// <summary>An answer that is not a success, as the API server words it.</summary>
internal sealed class ApiFault(int code, string reason, string message) : Exception(message)
{
    public int Code => code;

    public JsonObject Status => new()
    {
        ["kind"] = "Status",
        ["apiVersion"] = "v1",
        ["metadata"] = new JsonObject(),
        ["status"] = "Failure",
        ["message"] = Message,
        ["reason"] = reason,
        ["code"] = code,
    };

    public static ApiFault NotFound(string resource, string name) => new(404, "NotFound", $"{resource} \"{name}\" not found");

    public static ApiFault NoSuchResource() => new(404, "NotFound", "the server could not find the requested resource");

    public static ApiFault Exists(string resource, string name) => new(409, "AlreadyExists", $"{resource} \"{name}\" already exists");

    public static ApiFault Conflict(string resource, string name) =>
        new(
            409, "Conflict",
            $"Operation cannot be fulfilled on {resource} \"{name}\": the object has been modified; please apply your changes to the latest version and try again");

    public static ApiFault Invalid(IEnumerable<string> faults) => new(422, "Invalid", $"the object is invalid: {string.Join(", ", faults)}");

    public static ApiFault BadRequest(string message) => new(400, "BadRequest", message);

    public static ApiFault Unauthorized() => new(401, "Unauthorized", "Unauthorized");

    public static ApiFault Forbidden(string kind) => new(403, "Forbidden", $"cannot {kind}: forbidden");

    public static ApiFault TooMany() => new(429, "TooManyRequests", "storage is (re)initializing");

    public static ApiFault Gone() => new(410, "Expired", "too old resource version");
}
