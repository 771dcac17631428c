using Microsoft.Extensions.Primitives;

namespace OrleansGateway;

/// <summary>Finds the caller behind an api key. Unknown, revoked, expired and malformed keys get one answer.</summary>
internal sealed class ApiKeyAuthentication(CallerCache cache, TimeProvider time)
{
    /// <summary>The caller, or the denial.</summary>
    public ValueTask<(Caller? Caller, GatewayError? Denial)> AuthenticateAsync(StringValues authorization)
    {
        var secret = BearerSecret.Read(authorization);
        if (secret is { Length: 0 }) return new((null, Denials.MissingApiKey));
        if (secret is null || !ApiKeySecret.TryReadKeyId(secret, out var keyId)) return new((null, Denials.InvalidApiKey));

        var finding = cache.FindAsync(keyId);
        return finding.IsCompletedSuccessfully ? new(Judge(finding.Result, secret)) : JudgeAsync(finding, secret);
    }

    private async ValueTask<(Caller? Caller, GatewayError? Denial)> JudgeAsync(ValueTask<KnownKey?> finding, string secret) => Judge(await finding, secret);

    private (Caller? Caller, GatewayError? Denial) Judge(KnownKey? key, string secret) =>
        key is not null && key.Identity.Hash == ApiKeyHash.Of(secret) && key.Identity.IsLive(time.GetUtcNow())
            ? (key.Caller, null)
            : (null, Denials.InvalidApiKey);
}
