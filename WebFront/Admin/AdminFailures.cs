namespace OrleansGateway.Admin;

/// <summary>Names an admin call, and turns what breaks under it into a problem; the outermost filter, so that it covers authentication too.</summary>
internal sealed partial class AdminFailures(RequestIds ids, TimeProvider time, ILogger<AdminFailures> logger) : IEndpointFilter
{
    private const string InDoubt = "A change may or may not have been booked. Read it again, then repeat what is missing.";
    private const string NotRead = "It could not be read, and nothing was changed. Repeat the call.";

    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        // All that is logged of it has its name, and the audit trail has a change under it.
        var id = ids.Next();
        http.Response.Headers[RequestIds.Header] = id;
        using var scope = logger.BeginScope(new KeyValuePair<string, object>[] { new("RequestId", id) });
        try
        {
            // What only reads may be asked again, of a tenant that moves between silos too.
            if (!Reads(http.Request)) return await next(context);
            return await GrainCall.RepeatAsync((next, context), static asked => asked.next(asked.context).AsTask(), time);
        }
        catch (Exception e) when (Faults.IsBadBody(e))
        {
            return (e as BadHttpRequestException)?.StatusCode switch
            {
                StatusCodes.Status413PayloadTooLarge => new AdminProblem(ProblemKind.TooLarge, "The body is larger than this server takes."),
                StatusCodes.Status408RequestTimeout => new AdminProblem(ProblemKind.RequestTimeout, "Send the body faster."),
                _ => new AdminProblem(ProblemKind.InvalidJson, "The body ended early or was badly framed."),
            };
        }
        catch (Exception e) when (http.RequestAborted.IsCancellationRequested && e is OperationCanceledException or IOException)
        {
            return Results.Empty;
        }
        catch (StaleActivationException)
        {
            // The tenant moved to another silo meanwhile, and nothing was written.
            return new AdminProblem(ProblemKind.Unavailable, "Nothing was booked. Repeat the call.");
        }
        catch (Exception e) when (GrainFaults.IsUnknownGrain(e))
        {
            return new AdminProblem(
                ProblemKind.Unavailable,
                "The silos are still of the release before, which cannot do this. Nothing was done; repeat the call when they are upgraded.");
        }
        catch (Exception e) when (GrainFaults.IsStore(e))
        {
            LogUnavailable(http.Request.Method, http.Request.Path, e);
            return new AdminProblem(ProblemKind.StoreUnavailable, Reads(http.Request) ? NotRead : InDoubt);
        }
        catch (Exception e) when (e is TimeoutException or OrleansException)
        {
            LogUnavailable(http.Request.Method, http.Request.Path, e);
            return new AdminProblem(ProblemKind.Unavailable, Reads(http.Request) ? NotRead : InDoubt);
        }
#pragma warning disable CA1031 // The one place where an unforeseen failure becomes an answer.
        catch (Exception e)
#pragma warning restore CA1031
        {
            LogFailed(http.Request.Method, http.Request.Path, e);
            return new AdminProblem(ProblemKind.Internal, "The failure is in the gateway's log, under this answer's x-request-id.");
        }
    }

    private static bool Reads(HttpRequest request) => HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method);

    [LoggerMessage(EventName = "admin_unavailable", Level = LogLevel.Warning, Message = "Admin call {Method} {Path} found the cluster or its store unavailable")]
    private partial void LogUnavailable(string method, string path, Exception exception);

    [LoggerMessage(EventName = "admin_failed", Level = LogLevel.Error, Message = "Admin call {Method} {Path} failed")]
    private partial void LogFailed(string method, string path, Exception exception);
}
