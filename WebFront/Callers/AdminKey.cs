namespace OrleansGateway;

/// <summary>The admin key that the configuration gives, as its hash; none when it is generated.</summary>
internal sealed record AdminKey(ApiKeyHash? Hash)
{
    public const string Setting = "GATEWAY_ADMIN_KEY";
    public const int MinLength = 32;
    public const int MaxLength = 256;

    public static AdminKey Read(IConfiguration configuration, ICollection<string> faults)
    {
        var secret = configuration[Setting];
        if (string.IsNullOrEmpty(secret)) return new AdminKey((ApiKeyHash?)null);
        if (secret.Length is >= MinLength and <= MaxLength && secret.AsSpan().ContainsAnyExceptInRange('!', '~') is false) return new AdminKey(ApiKeyHash.Of(secret));
        faults.Add($"{Setting} must have {MinLength} to {MaxLength} printable ASCII characters without spaces; try: openssl rand -base64 32");
        return new AdminKey((ApiKeyHash?)null);
    }
}
