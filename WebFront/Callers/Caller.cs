namespace OrleansGateway;

/// <summary>Who is behind a request.</summary>
internal sealed record Caller(string TenantId, string KeyId)
{
    /// <summary>Nobody that we know.</summary>
    public static readonly Caller Unknown = new("", "");
}
