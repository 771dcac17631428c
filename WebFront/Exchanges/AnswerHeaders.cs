using System.Globalization;

namespace OrleansGateway;

/// <summary>The <c>x-gateway-*</c> and <c>x-ratelimit-*</c> headers of an answer, as far as they are known.</summary>
internal static class AnswerHeaders
{
    /// <param name="exchange">The request.</param>
    /// <param name="withCost">Whether the cost is known yet; on a stream the headers leave first.</param>
    public static void Write(Exchange exchange, bool withCost)
    {
        var headers = exchange.Response.Headers;
        if (exchange.By is { } by)
        {
            headers["x-gateway-provider"] = Text(by.Provider);
            headers["x-gateway-model"] = Text(by.Model);
            headers["x-gateway-attempts"] = by.Attempts.ToString(CultureInfo.InvariantCulture);
            if (by.Fallback) headers["x-gateway-fallback"] = "true";
            if (by.Route is { } route) headers["x-gateway-route"] = Text(route);
        }

        if (exchange.ReplayOf is { } original)
        {
            headers["x-gateway-replayed"] = "true";
            headers["x-gateway-original-request-id"] = original;
        }

        if (withCost && exchange.Cost is { } cost) headers["x-gateway-cost-usd"] = cost.ToString();

        var limits = exchange.Limits;
        if (limits.RequestLimit is { } requests)
        {
            headers["x-ratelimit-limit-requests"] = Number(requests);
            headers["x-ratelimit-remaining-requests"] = Number(limits.RequestsRemaining);
            headers["x-ratelimit-reset-requests"] = GoDuration.Format(limits.RequestsReset);
        }

        if (limits.TokenLimit is { } tokens)
        {
            headers["x-ratelimit-limit-tokens"] = Number(tokens);
            headers["x-ratelimit-remaining-tokens"] = Number(limits.TokensRemaining);
            headers["x-ratelimit-reset-tokens"] = GoDuration.Format(limits.TokensReset);
        }
    }

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    // A header holds ASCII; a name that an operator chose may not be.
    private static string Text(string name)
    {
        foreach (var c in name)
            if (c is < ' ' or > '~') return Uri.EscapeDataString(name);
        return name;
    }
}
