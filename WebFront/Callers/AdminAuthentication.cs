using System.Collections.Concurrent;
using Microsoft.Extensions.Primitives;

namespace OrleansGateway;

/// <summary>
/// Knows the operator: by the admin key from the configuration, or by the one generated at first start, whose hash the store keeps.
/// An endpoint filter of every admin route.
/// </summary>
internal sealed class AdminAuthentication(AdminKey configured, IGrainFactory grains, TimeProvider time) : IEndpointFilter
{
    /// <summary>Where a request's items say which admin key it showed: <c>configured</c> or <c>generated</c>.</summary>
    public const string KeyItem = "admin-key";

    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan RefusedLifetime = TimeSpan.FromSeconds(2);
    private const int Capacity = 1_000;

    private readonly ConcurrentDictionary<ApiKeyHash, (bool Known, long AskedAt)> _answers = new();

    /// <inheritdoc/>
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next) =>
        await AllowAsync(context.HttpContext) ? await next(context) : Results.Empty;

    /// <summary>Whether the request comes from an operator; if not, it has been answered with 401.</summary>
    public async ValueTask<bool> AllowAsync(HttpContext http)
    {
        if (await KeyShownAsync(http.Request.Headers.Authorization) is { } key)
        {
            http.Items[KeyItem] = key;
            return true;
        }
        await RefuseAsync(http.Response);
        return false;
    }

    /// <summary>Which admin key a header shows; null when none.</summary>
    public ValueTask<string?> KeyShownAsync(StringValues authorization) => KindOfAsync(BearerSecret.Read(authorization));

    /// <summary>Which admin key a secret is; null when none.</summary>
    public async ValueTask<string?> KindOfAsync(string? secret)
    {
        if (secret is null || secret.Length is < AdminKey.MinLength or > AdminKey.MaxLength) return null;
        var shown = ApiKeyHash.Of(secret);
        return configured.Hash is { } hash && hash == shown ? "configured" : await VerifyAsync(shown) ? "generated" : null;
    }

    private async ValueTask<bool> VerifyAsync(ApiKeyHash shown)
    {
        if (_answers.TryGetValue(shown, out var answer) && time.GetElapsedTime(answer.AskedAt) < (answer.Known ? Lifetime : RefusedLifetime)) return answer.Known;

        var askedAt = time.GetTimestamp();
        var known = await grains.GetGrain<IOperatorGrain>(0).Verify(shown);
        if (_answers.Count >= Capacity) _answers.Clear();
        _answers[shown] = (known, askedAt);
        return known;
    }

    private static async Task RefuseAsync(HttpResponse response)
    {
        response.StatusCode = StatusCodes.Status401Unauthorized;
        response.Headers.WWWAuthenticate = "Bearer";
        var body = JsonAnswer.Bytes(0, static (json, _) =>
        {
            json.WriteStartObject();
            json.WriteString("type"u8, "about:blank"u8);
            json.WriteString("title"u8, "Unauthorized"u8);
            json.WriteNumber("status"u8, StatusCodes.Status401Unauthorized);
            json.WriteString("detail"u8, "Send one header 'Authorization: Bearer <admin key>' with the key that this gateway was given or printed at its first start."u8);
            json.WriteString("code"u8, "invalid_admin_key"u8);
            json.WriteEndObject();
        });
        response.ContentType = "application/problem+json";
        response.ContentLength = body.Length;
        await response.BodyWriter.WriteAsync(body);
    }
}
