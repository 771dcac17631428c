namespace OrleansGateway.Admin;

/// <summary>
/// How "never expires" is said where null means "leave it": as the last instant there is. It is true as it stands, for no clock
/// reaches it, and shown as null.
/// </summary>
internal static class ApiKeyExpiry
{
    public static readonly DateTimeOffset Never = DateTimeOffset.MaxValue;

    public static DateTimeOffset? Shown(DateTimeOffset? expiresAt) => expiresAt == Never ? null : expiresAt;
}
