using System.Text.Json.Serialization;

namespace OrleansGateway.Admin;

/// <summary>A refusal or failure as RFC 9457 writes it.</summary>
internal sealed class AdminProblem(ProblemKind kind, string detail, IEnumerable<PolicyFault>? faults = null) : IResult
{
    private const string RetryAfterSeconds = "2";

    public ProblemKind Kind => kind;

    public static AdminProblem InvalidValue(IReadOnlyCollection<PolicyFault> faults) =>
        new(ProblemKind.InvalidValue, string.Join(' ', faults.Select(fault => $"{fault.Path}: {fault.Message}")), faults);

    public static AdminProblem UnknownTenant(string tenant) => new(ProblemKind.UnknownTenant, $"There is no tenant {tenant}.");

    public static AdminProblem UnknownKey(string tenant, string key) => new(ProblemKind.UnknownKey, $"Tenant {tenant} has no key {key}.");

    public static AdminProblem UnknownRequest(string tenant, string id) =>
        new(ProblemKind.UnknownRequest, $"Tenant {tenant} has no request {id}, or refused it too long ago to remember.");

    /// <summary>Said of a version that was asked for where there is nothing (RFC 9110, 13.1.1: also of <c>*</c>).</summary>
    public static AdminProblem NoVersion(string detail) => new(ProblemKind.StaleVersion, $"{detail} Leave If-Match out to make it.");

    public static AdminProblem StaleVersion(EntityTag current) =>
        new(ProblemKind.StaleVersion, $"The version is {current} by now. Read it again, and repeat the change if it still applies.");

    public Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.StatusCode = kind.Status;
        response.Headers.CacheControl = "no-store";
        if (kind.Status == StatusCodes.Status503ServiceUnavailable) response.Headers.RetryAfter = RetryAfterSeconds;
        var body = new ProblemJson(kind.Type, kind.Title, kind.Status, detail, httpContext.Request.Path)
        {
            Errors = faults?.GroupBy(fault => fault.Path).ToDictionary(path => path.Key, path => path.Select(fault => fault.Message).ToArray()),
        };
        return response.WriteAsJsonAsync(body, AdminJson.Options, "application/problem+json", httpContext.RequestAborted);
    }

    private sealed record ProblemJson(string Type, string Title, int Status, string Detail, string? Instance)
    {
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public Dictionary<string, string[]>? Errors { get; init; }
    }
}
