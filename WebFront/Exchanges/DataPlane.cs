using Microsoft.AspNetCore.Connections;

namespace OrleansGateway;

/// <summary>What every route of the data plane has in common: an id, a key, one error body, one log event.</summary>
internal sealed partial class DataPlane(
    RequestIds ids, ApiKeyAuthentication authentication, Gate gate, Capacity capacity, RequestLog log, RequestInstruments instruments, TimeProvider time,
    ILogger<DataPlane> logger)
{
    private static readonly GatewayError UnknownUrl = new(GatewayErrorKind.UnknownUrl, "There is no such URL here. See the README for the routes there are.");

    /// <summary>A route that costs money. There is no other way to map one that takes POST.</summary>
    public void MapBillable(IEndpointRouteBuilder routes, BillableRoute route) =>
        routes.Map(route.Pattern, http => ServeAsync(http, route.Pattern, route.Errors, HttpMethods.Post, exchange => gate.ServeAsync(exchange, route))).WithMetadata(route);

    /// <summary>A route that only tells: takes an api key and costs nothing.</summary>
    public void MapGet(IEndpointRouteBuilder routes, string pattern, Func<Exchange, Task> handler) =>
        routes.Map(pattern, http => ServeAsync(http, pattern, ErrorShape.OpenAI, HttpMethods.Get, handler)).WithMetadata(new TellingRoute());

    /// <summary>Says so when fewer callers are taken than the settings ask for.</summary>
    public void TellCapacity()
    {
        if (capacity.IsLess) LogCapacity(capacity.Connections, capacity.Files);
    }

    /// <summary>Answers every URL that no route has.</summary>
    public void MapUnknown(IEndpointRouteBuilder routes) =>
        routes.MapFallback("{**path}", http => ServeAsync(http, "{unknown}", ErrorShape.OpenAI, null, exchange => exchange.RefuseAsync(UnknownUrl, time)))
            .WithMetadata(new TellingRoute());

    private async Task ServeAsync(HttpContext http, string route, ErrorShape errors, string? method, Func<Exchange, Task> handler)
    {
        var exchange = new Exchange(http, ids.Next(), time.GetTimestamp(), errors) { Route = route };
        var span = RequestTrace.Start(exchange);
        http.Response.Headers[RequestIds.Header] = exchange.RequestId;
        if (errors == ErrorShape.Anthropic) http.Response.Headers["request-id"] = exchange.RequestId; // where Anthropic's clients look for it
        var taken = capacity.TryEnter();
        try
        {
            if (!taken) await exchange.RefuseAsync(Faults.Overloaded, time);
            else if (method is null || await AdmitAsync(exchange, method)) await handler(exchange);
        }
        catch (Exception e) when (exchange.CallerGone && e is IOException or OperationCanceledException or BadHttpRequestException or ConnectionAbortedException)
        {
            exchange.Outcome = Exchange.ClientGone; // nobody is left to be told
        }
        catch (Exception e)
        {
            await FailAsync(exchange, e);
        }
        finally
        {
            if (taken) capacity.Leave();
        }

        log.Write(exchange);
        instruments.OnEnded(exchange, time.GetElapsedTime(exchange.StartedAt));
        RequestTrace.End(span, exchange);
    }

    private async ValueTask<bool> AdmitAsync(Exchange exchange, string method)
    {
        if (!HttpMethods.Equals(exchange.Http.Request.Method, method))
        {
            exchange.Response.Headers.Allow = method;
            await exchange.RefuseAsync(new GatewayError(GatewayErrorKind.MethodNotAllowed, $"This URL takes {method} requests only."), time);
            return false;
        }

        var bare = exchange.Errors == ErrorShape.Anthropic ? exchange.Http.Request.Headers["x-api-key"] : default;
        var (caller, denial) = await authentication.AuthenticateAsync(exchange.Http, bare);
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
        // Of a store that is away its books tell, once each; here it would be told as often as anyone asks.
        if (error.Kind != GatewayErrorKind.StoreUnavailable && GatewayErrors.Of(error.Kind).Level >= LogLevel.Warning) LogFault(exception, exchange.RequestId, error.Code);
        try
        {
            await exchange.RefuseAsync(error, time);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or BadHttpRequestException)
        {
            exchange.Http.Abort();
        }
    }

    /// <summary>Marks routes that call no upstream whatever is sent to them.</summary>
    internal sealed class TellingRoute;

    [LoggerMessage(EventName = "few_files", Level = LogLevel.Warning,
        Message = "No more than {Connections} callers are taken at once, for the process may have {Files} files open; raise its limit (ulimit -n), or set Gateway:MaxConcurrentConnections to no more")]
    private partial void LogCapacity(long connections, long? files);

    [LoggerMessage(EventName = "request_failed", Level = LogLevel.Error, Message = "Request {RequestId} failed with {Code}")]
    private partial void LogFault(Exception exception, string requestId, string code);
}
