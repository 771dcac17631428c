namespace OrleansGateway.Admin;

/// <summary>What can go wrong for an operator: the one table of status, name and title.</summary>
internal sealed record ProblemKind(int Status, string Name, string Title)
{
    public static readonly ProblemKind InvalidJson = new(400, "invalid-json", "The body is not valid JSON");
    public static readonly ProblemKind InvalidValue = new(400, "invalid-value", "The request has wrong values");
    public static readonly ProblemKind UnknownTenant = new(404, "unknown-tenant", "There is no such tenant");
    public static readonly ProblemKind UnknownKey = new(404, "unknown-key", "The tenant has no such key");
    public static readonly ProblemKind UnknownUser = new(404, "unknown-user", "The end user has no ceilings of its own");
    public static readonly ProblemKind UnknownRequest = new(404, "unknown-request", "The tenant has no such request");
    public static readonly ProblemKind UnknownHold = new(404, "unknown-hold", "The tenant has no such hold");
    public static readonly ProblemKind UnknownDelivery = new(404, "unknown-delivery", "The tenant has no such delivery");
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
