using Microsoft.Extensions.Primitives;

namespace OrleansGateway;

/// <summary>Finds the caller behind an api key. Unknown, revoked, expired and malformed keys get one answer.</summary>
internal sealed class ApiKeyAuthentication(CallerCache cache, RefusedKeys refused, TimeProvider time)
{
    /// <summary>The caller, or the denial.</summary>
    /// <param name="http">The request, with its header <c>Authorization</c>.</param>
    /// <param name="bare">The header <c>x-api-key</c>, where a key may also come in that, as Anthropic's clients send it.</param>
    public ValueTask<(Caller? Caller, GatewayError? Denial)> AuthenticateAsync(HttpContext http, StringValues bare = default)
    {
        var authorization = http.Request.Headers.Authorization;
        var secret = bare.Count == 0 ? BearerSecret.Read(authorization) : OneOf(bare, authorization);
        if (secret is { Length: 0 }) return new(Refuse(http, "missing", Denials.MissingApiKey));
        if (secret is null || !ApiKeySecret.TryReadKeyId(secret, out var keyId)) return new(Refuse(http, "invalid", Denials.InvalidApiKey));
        if (cache.Knows(keyId, out var known)) return new(Judge(http, known, secret, lookedUp: false));
        if (refused.WaitOf(http) is { } wait && !cache.HasKnown(keyId, secret)) return new(Refuse(http, "limited", Denials.TooManyWrongKeys(wait)));
        return LookUpAsync(http, keyId, secret);
    }

    /// <summary>The key in either header; null when they show two.</summary>
    private static string? OneOf(StringValues bare, StringValues authorization)
    {
        var bearer = BearerSecret.Read(authorization);
        if (bare.Count > 1) return null;
        var key = bare.ToString().Trim(' ');
        return bearer is { Length: 0 } ? key : key.Length == 0 || key == bearer ? bearer : null;
    }

    private async ValueTask<(Caller? Caller, GatewayError? Denial)> LookUpAsync(HttpContext http, string keyId, string secret) =>
        Judge(http, await cache.LookUpAsync(keyId), secret, lookedUp: true);

    private (Caller? Caller, GatewayError? Denial) Judge(HttpContext http, KnownKey? key, string secret, bool lookedUp) =>
        key is not null && key.Identity.Hash == ApiKeyHash.Of(secret) && key.Identity.IsLive(time.GetUtcNow())
            ? (key.Caller, null)
            : Refuse(http, "invalid", Denials.InvalidApiKey, lookedUp);

    private (Caller? Caller, GatewayError? Denial) Refuse(HttpContext http, string reason, GatewayError denial, bool lookedUp = false)
    {
        refused.OnRefused(http, "data", reason, lookedUp);
        return (null, denial);
    }
}
