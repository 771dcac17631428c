namespace OrleansGateway.Admin;

/// <summary>What can go wrong for an operator: the one table of status, name and title.</summary>
internal sealed record ProblemKind(int Status, string Name, string Title)
{
    public static readonly ProblemKind InvalidJson = new(400, "invalid-json", "The body is not valid JSON");
    public static readonly ProblemKind InvalidValue = new(400, "invalid-value", "The request has wrong values");
    public static readonly ProblemKind UnknownTenant = new(404, "unknown-tenant", "There is no such tenant");
    public static readonly ProblemKind UnknownKey = new(404, "unknown-key", "The tenant has no such key");
    public static readonly ProblemKind UnknownRoute = new(404, "unknown-route", "There is nothing at this address");
    public static readonly ProblemKind MethodNotAllowed = new(405, "method-not-allowed", "The method does not apply here");
    public static readonly ProblemKind RequestTimeout = new(408, "request-timeout", "The body came too slowly");
    public static readonly ProblemKind TenantExists = new(409, "tenant-exists", "The tenant exists already");
    public static readonly ProblemKind Conflict = new(409, "conflict", "The state does not allow the change");
    public static readonly ProblemKind StaleVersion = new(412, "stale-version", "The version is no longer the one given");
    public static readonly ProblemKind TooLarge = new(413, "request-too-large", "The body is too large");
    public static readonly ProblemKind UnsupportedMediaType = new(415, "unsupported-media-type", "The body's media type is not supported");
    public static readonly ProblemKind Internal = new(500, "internal-error", "The gateway failed");
    public static readonly ProblemKind StoreUnavailable = new(503, "store-unavailable", "The store did not answer");
    public static readonly ProblemKind Unavailable = new(503, "unavailable", "The cluster did not answer");

    /// <summary>The stable name that programs compare.</summary>
    public string Type => "urn:orleansgateway:problem:" + Name;
}

/// <summary>A refusal or failure as RFC 9457 writes it.</summary>
internal sealed class AdminProblem(ProblemKind kind, string detail, IEnumerable<PolicyFault>? faults = null) : IResult
{
    private const string RetryAfterSeconds = "2";

    public ProblemKind Kind => kind;

    public static AdminProblem InvalidValue(IReadOnlyCollection<PolicyFault> faults) =>
        new(ProblemKind.InvalidValue, string.Join(' ', faults.Select(fault => $"{fault.Path}: {fault.Message}")), faults);

    public static AdminProblem UnknownTenant(string tenant) => new(ProblemKind.UnknownTenant, $"There is no tenant {tenant}.");

    public static AdminProblem UnknownKey(string tenant, string key) => new(ProblemKind.UnknownKey, $"Tenant {tenant} has no key {key}.");

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
        [System.Text.Json.Serialization.JsonIgnore(Condition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull)]
        public Dictionary<string, string[]>? Errors { get; init; }
    }
}

/// <summary>Something read from a request, or why it was refused.</summary>
internal readonly struct Read<T>
    where T : notnull
{
    private readonly T? _value;
    private readonly AdminProblem? _problem;

    private Read(T? value, AdminProblem? problem) => (_value, _problem) = (value, problem);

    public static implicit operator Read<T>(T value) => new(value, null);

    public static implicit operator Read<T>(AdminProblem problem) => new(default, problem);

    public bool Is([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out T? value, [System.Diagnostics.CodeAnalysis.NotNullWhen(false)] out AdminProblem? problem)
    {
        (value, problem) = (_value, _problem);
        return problem is null;
    }
}
