using System.Collections.Concurrent;
using System.Globalization;

namespace OrleansGateway;

/// <summary>
/// Knows the operator: by the admin key from the configuration, or by the one generated at first start, whose hash the store keeps.
/// An endpoint filter of every admin route.
/// </summary>
internal sealed class AdminAuthentication(AdminKey configured, IGrainFactory grains, RefusedKeys refused, TimeProvider time) : IEndpointFilter
{
    /// <summary>Where a request's items say which admin key it showed: <c>configured</c> or <c>generated</c>.</summary>
    public const string KeyItem = "admin-key";

    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan RefusedLifetime = TimeSpan.FromSeconds(2);
    private const int Capacity = 1_000;

    private static readonly byte[] NoKey = Problem(
        "Unauthorized", StatusCodes.Status401Unauthorized,
        "Send one header 'Authorization: Bearer <admin key>' with the key that this gateway was given or printed at its first start.", "invalid_admin_key");

    private static readonly byte[] TooMany = Problem(
        "Too Many Requests", StatusCodes.Status429TooManyRequests,
        "Too many wrong keys came from this address, and no new one is looked up for now. Try again shortly, with the admin key.", "rate_limit_exceeded");

    private readonly ConcurrentDictionary<ApiKeyHash, (bool Known, long AskedAt)> _answers = new();

    /// <inheritdoc/>
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next) =>
        await AllowAsync(context.HttpContext) ? await next(context) : Results.Empty;

    /// <summary>Whether the request comes from an operator; if not, it has been answered with 401, or with 429 where too many wrong keys come from.</summary>
    public async ValueTask<bool> AllowAsync(HttpContext http)
    {
        var (key, wait) = await KindOfAsync(http, BearerSecret.Read(http.Request.Headers.Authorization));
        if (key is not null)
        {
            http.Items[KeyItem] = key;
            return true;
        }
        await RefuseAsync(http.Response, wait);
        return false;
    }

    /// <summary>Which admin key a secret is; null when none, with how long to wait where too many wrong ones come from.</summary>
    public async ValueTask<(string? Kind, TimeSpan? Wait)> KindOfAsync(HttpContext http, string? secret)
    {
        if (secret is { Length: 0 }) return Refuse(http, "missing");
        if (secret is null || secret.Length is < AdminKey.MinLength or > AdminKey.MaxLength) return Refuse(http, "invalid");
        var shown = ApiKeyHash.Of(secret);
        if (configured.Hash is { } hash && hash == shown) return ("configured", null);

        var isKnown = _answers.TryGetValue(shown, out var answer);
        if (isKnown && time.GetElapsedTime(answer.AskedAt) < (answer.Known ? Lifetime : RefusedLifetime)) return answer.Known ? ("generated", null) : Refuse(http, "invalid");
        if (refused.WaitOf(http) is { } wait && !(isKnown && answer.Known)) return Refuse(http, "limited", wait);
        return await VerifyAsync(shown) ? ("generated", null) : Refuse(http, "invalid", lookedUp: true);
    }

    private async ValueTask<bool> VerifyAsync(ApiKeyHash shown)
    {
        var askedAt = time.GetTimestamp();
        var known = await grains.GetGrain<IOperatorGrain>(0).Verify(shown);
        if (_answers.Count >= Capacity) _answers.Clear();
        _answers[shown] = (known, askedAt);
        return known;
    }

    private (string? Kind, TimeSpan? Wait) Refuse(HttpContext http, string reason, TimeSpan? wait = null, bool lookedUp = false)
    {
        refused.OnRefused(http, "admin", reason, lookedUp);
        return (null, wait);
    }

    private static async Task RefuseAsync(HttpResponse response, TimeSpan? wait)
    {
        if (wait is { } seconds)
        {
            response.StatusCode = StatusCodes.Status429TooManyRequests;
            response.Headers.RetryAfter = Math.Clamp(Math.Ceiling(seconds.TotalSeconds), 1, 60).ToString("0", CultureInfo.InvariantCulture);
        }
        else
        {
            response.StatusCode = StatusCodes.Status401Unauthorized;
            response.Headers.WWWAuthenticate = "Bearer";
        }
        var body = wait is null ? NoKey : TooMany;
        response.ContentType = "application/problem+json";
        response.ContentLength = body.Length;
        await response.BodyWriter.WriteAsync(body);
    }

    private static byte[] Problem(string title, int status, string detail, string code) => JsonAnswer.Bytes((title, status, detail, code), static (json, problem) =>
    {
        json.WriteStartObject();
        json.WriteString("type"u8, "about:blank"u8);
        json.WriteString("title"u8, problem.title);
        json.WriteNumber("status"u8, problem.status);
        json.WriteString("detail"u8, problem.detail);
        json.WriteString("code"u8, problem.code);
        json.WriteEndObject();
    }).ToArray();
}
