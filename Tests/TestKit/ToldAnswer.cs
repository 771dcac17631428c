using System.Globalization;
using System.Net;
using System.Text.Json;

namespace OrleansGateway.Tests.TestKit;

/// <summary>What a caller was told: of a served call what it cost, of a refused one why.</summary>
internal sealed record ToldAnswer(HttpStatusCode Status, string RequestId, decimal Cost, string? Code)
{
    /// <summary>What one response and its body say.</summary>
    public static ToldAnswer Of(HttpResponseMessage response, string text) => new(
        response.StatusCode,
        response.Headers.GetValues("x-request-id").Single(),
        response.Headers.TryGetValues("x-gateway-cost-usd", out var cost) ? decimal.Parse(cost.Single(), CultureInfo.InvariantCulture) : 0,
        response.IsSuccessStatusCode ? null : JsonDocument.Parse(text).RootElement.GetProperty("error").GetProperty("code").GetString());

    /// <summary>Waits until so many of the calls are answered.</summary>
    public static async Task WhenCountAsync(IEnumerable<Task<ToldAnswer>> calls, int count)
    {
        var done = 0;
        await foreach (var _ in Task.WhenEach(calls))
            if (++done == count) return;
    }
}
