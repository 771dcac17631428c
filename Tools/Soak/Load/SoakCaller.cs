using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace OrleansGateway.Soak;

/// <summary>Places a call as any client would and writes down what it was told.</summary>
internal sealed class SoakCaller(string tenant, string key, TimeProvider time)
{
    /// <summary>Never fails: a connection that breaks is an entry too.</summary>
    public async Task<ClientCall> PlaceAsync(HttpClient http, CallPlan plan, string? front = null, CancellationToken cancellationToken = default)
    {
        var call = new ClientCall { Tenant = tenant, Plan = plan, Front = front, StartedAt = time.GetUtcNow() };
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, plan.Route) { Content = new StringContent(plan.Body(), Encoding.UTF8, "application/json") };
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
            if (plan.Key is { } once) request.Headers.Add("Idempotency-Key", once);
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            call = call with { Status = (int)response.StatusCode, RequestId = Header(response, "x-request-id"), ReplayOf = Header(response, "x-gateway-original-request-id") };
            var text = await response.Content.ReadAsStringAsync(cancellationToken);
            return response.IsSuccessStatusCode ? Answered(call, response, text) : call with { Code = CodeOf(text, "unreadable"), ToldUsd = Cost(response) };
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
        {
            return call;
        }
    }

    private static ClientCall Answered(ClientCall call, HttpResponseMessage response, string text)
    {
        if (!call.Plan.Stream) return call with { Answered = true, ToldUsd = Cost(response) };
        if (!call.Plan.IsWhole(text)) return call;
        return call with { Answered = true, ToldUsd = call.Plan.Route == CallPlan.Chat ? CostInStream(text) : null };
    }

    private static decimal? Cost(HttpResponseMessage response) =>
        Header(response, "x-gateway-cost-usd") is { } cost ? decimal.Parse(cost, CultureInfo.InvariantCulture) : null;

    /// <summary>The cost in a stream's last usage chunk; null when the upstream sent none to put it in.</summary>
    private static decimal? CostInStream(string text)
    {
        foreach (var line in text.Split('\n').Reverse())
        {
            if (!line.Contains("\"cost_usd\"", StringComparison.Ordinal)) continue;
            using var chunk = JsonDocument.Parse(line["data:".Length..]);
            return chunk.RootElement.GetProperty("usage").GetProperty("cost_usd").GetDecimal();
        }
        return null;
    }

    /// <summary>An error body's code.</summary>
    public static string? CodeOf(string text, string? unreadable)
    {
        try
        {
            using var body = JsonDocument.Parse(text);
            return body.RootElement.GetProperty("error").GetProperty("code").GetString();
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return unreadable;
        }
    }

    private static string? Header(HttpResponseMessage response, string name) => response.Headers.TryGetValues(name, out var values) ? values.Single() : null;
}
