using Microsoft.AspNetCore.Connections;

namespace OrleansGateway;

/// <summary>What every route of the data plane has in common: an id, a key, one error body, one log event.</summary>
internal sealed partial class DataPlane(RequestIds ids, ApiKeyAuthentication authentication, RequestLog log, TimeProvider time, ILogger<DataPlane> logger)
{
    private static readonly GatewayError UnknownUrl = new(GatewayErrorKind.UnknownUrl, "There is no such URL here. See the README for the routes there are.");

    /// <summary>A route that takes an api key.</summary>
    public void Map(IEndpointRouteBuilder routes, string method, string pattern, Func<Exchange, Task> handler) =>
        routes.Map(pattern, http => ServeAsync(http, method, handler));

    /// <summary>Answers every URL that no route has.</summary>
    public void MapUnknown(IEndpointRouteBuilder routes) =>
        routes.MapFallback("{**path}", http => ServeAsync(http, null, exchange => exchange.RefuseAsync(UnknownUrl, time)));

    private async Task ServeAsync(HttpContext http, string? method, Func<Exchange, Task> handler)
    {
        var exchange = new Exchange(http, ids.Next(), time.GetTimestamp());
        http.Response.Headers["x-request-id"] = exchange.RequestId;
        try
        {
            if (method is null || await AdmitAsync(exchange, method)) await handler(exchange);
        }
        catch (Exception e) when (exchange.CallerGone && e is IOException or OperationCanceledException or BadHttpRequestException or ConnectionAbortedException)
        {
            exchange.Outcome = Exchange.ClientGone; // nobody is left to be told
        }
        catch (Exception e)
        {
            await FailAsync(exchange, e);
        }

        log.Write(exchange);
    }

    private async ValueTask<bool> AdmitAsync(Exchange exchange, string method)
    {
        if (!HttpMethods.Equals(exchange.Http.Request.Method, method))
        {
            exchange.Response.Headers.Allow = method;
            await exchange.RefuseAsync(new GatewayError(GatewayErrorKind.MethodNotAllowed, $"This URL takes {method} requests only."), time);
            return false;
        }

        var (caller, denial) = await authentication.AuthenticateAsync(exchange.Http.Request.Headers.Authorization);
        if (caller is null)
        {
            await exchange.RefuseAsync(denial!, time);
            return false;
        }

        exchange.Caller = caller;
        return true;
    }

    private async Task FailAsync(Exchange exchange, Exception exception)
    {
        var error = Faults.Of(exception, exchange.Dispatched);
        if (GatewayErrors.Of(error.Kind).Level >= LogLevel.Warning) LogFault(exception, exchange.RequestId, error.Code);
        try
        {
            await exchange.RefuseAsync(error, time);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or BadHttpRequestException)
        {
            exchange.Http.Abort();
        }
    }

    [LoggerMessage(EventName = "request-failed", Level = LogLevel.Error, Message = "Request {RequestId} failed with {Code}")]
    private partial void LogFault(Exception exception, string requestId, string code);
}
