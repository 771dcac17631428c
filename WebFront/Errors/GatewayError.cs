namespace OrleansGateway;

/// <summary>One refusal or failure, as it is told to the caller.</summary>
/// <param name="Kind">Its row in <see cref="GatewayErrors"/>.</param>
/// <param name="Message">Tells the caller what to do next.</param>
/// <param name="Param">The field at fault.</param>
internal sealed record GatewayError(GatewayErrorKind Kind, string Message, string? Param = null)
{
    private const int MaxUpstreamText = 2_000;

    /// <summary>When to try again, if something better than the table's hint is known.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Whether the same request would be refused for ever; clients need not try again.</summary>
    public bool IsForEver { get; init; }

    /// <summary>The upstream's own code, for a request that it refused.</summary>
    public string? UpstreamCode { get; init; }

    /// <summary>The code in the body.</summary>
    public string Code => string.IsNullOrEmpty(UpstreamCode) ? GatewayErrors.Of(Kind).Code : UpstreamCode;

    public static GatewayError InvalidJson(string message) => new(GatewayErrorKind.InvalidJson, message);

    public static GatewayError InvalidValue(string param, string message) => new(GatewayErrorKind.InvalidValue, message, param);

    /// <summary>The upstream's words, no longer than anyone reads.</summary>
    public static string Clip(string text) => text.Length <= MaxUpstreamText ? text : string.Concat(text.AsSpan(0, MaxUpstreamText), "…");
}
