namespace OrleansGateway;

/// <summary>
/// What a scope of limits and budgets is called in answers, adjustments and the ledger: <c>tenant</c>, <c>key:</c> and a key's id, <c>user:</c> and an end user's name.
/// </summary>
public static class ScopeName
{
    /// <summary>The tenant itself.</summary>
    public const string Tenant = "tenant";

    private const string KeyPrefix = "key:";
    private const string UserPrefix = "user:";

    /// <summary>That of an api key.</summary>
    public static string OfKey(string keyId) => KeyPrefix + keyId;

    /// <summary>That of an end user.</summary>
    public static string OfUser(string user) => UserPrefix + user;

    /// <summary>The id of the api key whose scope it is; null when it is no key's.</summary>
    public static string? KeyOf(string scope) => After(KeyPrefix, scope);

    /// <summary>The end user whose scope it is; null when it is nobody's.</summary>
    public static string? UserOf(string scope) => After(UserPrefix, scope);

    private static string? After(string prefix, string scope)
    {
        ArgumentNullException.ThrowIfNull(scope);
        return scope.Length > prefix.Length && scope.StartsWith(prefix, StringComparison.Ordinal) ? scope[prefix.Length..] : null;
    }
}
