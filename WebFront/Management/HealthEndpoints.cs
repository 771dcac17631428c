namespace OrleansGateway;

/// <summary><c>/health</c>, <c>/health/live</c> and <c>/health/ready</c>, on both listeners.</summary>
internal sealed class HealthEndpoints(Readiness readiness, RequestIds ids, TimeProvider time)
{
    private static readonly string[] Methods = [HttpMethods.Get, HttpMethods.Head];

    public void Map(IEndpointRouteBuilder routes)
    {
        Map(routes, "/health", LiveAsync);
        Map(routes, "/health/live", LiveAsync);
        Map(routes, "/health/ready", ReadyAsync);
    }

    // The data plane answers what no route has: it would take a wrong method for a wrong address.
    private void Map(IEndpointRouteBuilder routes, string pattern, RequestDelegate tell)
    {
        routes.MapMethods(pattern, Methods, tell);
        routes.Map(pattern, RefuseAsync).WithMetadata(new DataPlane.TellingRoute());
    }

    private Task RefuseAsync(HttpContext http)
    {
        var requestId = ids.Next();
        http.Response.Headers[RequestIds.Header] = requestId;
        http.Response.Headers.Allow = string.Join(", ", Methods);
        return ErrorResponses.WriteAsync(http.Response, ErrorShape.OpenAI, new GatewayError(GatewayErrorKind.MethodNotAllowed, "This URL takes GET requests only."), requestId);
    }

    private Task LiveAsync(HttpContext http) => WriteAsync(http.Response, []);

    private async Task ReadyAsync(HttpContext http) => await WriteAsync(http.Response, await readiness.WhyNotAsync(http.RequestAborted));

    private Task WriteAsync(HttpResponse response, IReadOnlyList<string> whyNot)
    {
        response.StatusCode = whyNot.Count == 0 ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        response.Headers[RequestIds.Header] = ids.Next();
        response.Headers.CacheControl = "no-store";
        return JsonAnswer.WriteAsync(response, (whyNot, Now: time.GetUtcNow()), static (json, health) =>
        {
            json.WriteStartObject();
            json.WriteString("status"u8, health.whyNot.Count == 0 ? "healthy"u8 : "unhealthy"u8);
            json.WriteString("timestamp"u8, health.Now);
            if (health.whyNot.Count > 0)
            {
                json.WriteStartArray("reasons"u8);
                foreach (var reason in health.whyNot) json.WriteStringValue(reason);
                json.WriteEndArray();
            }

            json.WriteEndObject();
        });
    }
}
