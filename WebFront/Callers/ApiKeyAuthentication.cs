using Microsoft.Extensions.Primitives;

namespace OrleansGateway;

/// <summary>Finds the caller behind an api key. Unknown, revoked, expired and malformed keys get one answer.</summary>
internal sealed class ApiKeyAuthentication(CallerCache cache, TimeProvider time)
{
    /// <summary>The caller, or the denial.</summary>
    /// <param name="authorization">The header of that name.</param>
    /// <param name="bare">The header <c>x-api-key</c>, where a key may also come in that, as Anthropic's clients send it.</param>
    public ValueTask<(Caller? Caller, GatewayError? Denial)> AuthenticateAsync(StringValues authorization, StringValues bare = default)
    {
        var secret = bare.Count == 0 ? BearerSecret.Read(authorization) : OneOf(bare, authorization);
        if (secret is { Length: 0 }) return new((null, Denials.MissingApiKey));
        if (secret is null || !ApiKeySecret.TryReadKeyId(secret, out var keyId)) return new((null, Denials.InvalidApiKey));

        var finding = cache.FindAsync(keyId);
        return finding.IsCompletedSuccessfully ? new(Judge(finding.Result, secret)) : JudgeAsync(finding, secret);
    }

    /// <summary>The key in either header; null when they show two.</summary>
    private static string? OneOf(StringValues bare, StringValues authorization)
    {
        var bearer = BearerSecret.Read(authorization);
        if (bare.Count > 1) return null;
        var key = bare.ToString().Trim(' ');
        return bearer is { Length: 0 } ? key : key.Length == 0 || key == bearer ? bearer : null;
    }

    private async ValueTask<(Caller? Caller, GatewayError? Denial)> JudgeAsync(ValueTask<KnownKey?> finding, string secret) => Judge(await finding, secret);

    private (Caller? Caller, GatewayError? Denial) Judge(KnownKey? key, string secret) =>
        key is not null && key.Identity.Hash == ApiKeyHash.Of(secret) && key.Identity.IsLive(time.GetUtcNow())
            ? (key.Caller, null)
            : (null, Denials.InvalidApiKey);
}
