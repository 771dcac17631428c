namespace OrleansGateway;

/// <summary>What an exception means to the caller.</summary>
internal static class Faults
{
    public static readonly GatewayError Overloaded = new(GatewayErrorKind.GatewayOverloaded, "The gateway is busy or changing over. Try again shortly.");

    private static readonly GatewayError Lost = new(
        GatewayErrorKind.UpstreamUnavailable, "The process that was calling the upstream was lost, and with it the answer. Try again; what the lost call may cost stays held.");

    /// <param name="exception">What went wrong.</param>
    /// <param name="dispatched">Whether the pool had been handed the request: then nobody knows whether an upstream was called, and billed, unless the exception says.</param>
    public static GatewayError Of(Exception exception, bool dispatched) => exception switch
    {
        NotCalledException { InnerException: { } reason } => Of(reason, dispatched: false),
        _ when GrainFaults.IsStore(exception) => new(GatewayErrorKind.StoreUnavailable, "The gateway cannot book requests at the moment and accepts none. Try again shortly."),
        BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => TooLarge,
        BadHttpRequestException { StatusCode: StatusCodes.Status408RequestTimeout } => TooSlow,
        _ when IsBadBody(exception) => GatewayError.InvalidJson("The request body could not be read to its end. Send it again with its right length."),
        _ when GrainFaults.IsRefusal(exception) => Overloaded,
        _ when GrainFaults.IsLoss(exception) => dispatched ? Lost : Overloaded,
        _ => new(GatewayErrorKind.InternalError, "The gateway failed. The fault was logged under this request's x-request-id: tell your operator."),
    };

    /// <summary>Whether a body could not be read because of how it was sent. Of a chunk's size that no number holds Kestrel tells in words of its own.</summary>
    public static bool IsBadBody(Exception exception) => exception is BadHttpRequestException or IOException { InnerException: OverflowException };

    public static readonly GatewayError TooSlow = new(GatewayErrorKind.RequestTimeout, "The request body came too slowly. Send it again.");

    public static readonly GatewayError TooLarge = new(GatewayErrorKind.RequestTooLarge, "The request body is larger than this gateway accepts. Send less.");
}
