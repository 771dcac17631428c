using Orleans.Runtime.Messaging;
using Orleans.Storage;

namespace OrleansGateway;

/// <summary>What an exception means to the caller.</summary>
internal static class Faults
{
    public static readonly GatewayError Overloaded = new(GatewayErrorKind.GatewayOverloaded, "The gateway is busy or changing over. Try again shortly.");

    private static readonly GatewayError Lost = new(
        GatewayErrorKind.UpstreamUnavailable, "The process that was calling the upstream was lost, and with it the answer. Try again; what the lost call may cost stays held.");

    /// <param name="exception">What went wrong.</param>
    /// <param name="dispatched">Whether the pool had been asked to call an upstream: then nobody knows whether that was billed.</param>
    public static GatewayError Of(Exception exception, bool dispatched) => exception switch
    {
        _ when IsStore(exception) => new(GatewayErrorKind.StoreUnavailable, "The gateway cannot book requests at the moment and accepts none. Try again shortly."),
        BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => TooLarge,
        BadHttpRequestException { StatusCode: StatusCodes.Status408RequestTimeout } => new(
            GatewayErrorKind.RequestTimeout, "The request body came too slowly. Send it again."),
        BadHttpRequestException => GatewayError.InvalidJson("The request body could not be read to its end. Send it again with its right length."),
        _ when IsRefusal(exception) => Overloaded,
        _ when IsLoss(exception) => dispatched ? Lost : Overloaded,
        _ => new(GatewayErrorKind.InternalError, "The gateway failed. The fault was logged under this request's x-request-id: tell your operator."),
    };

    public static readonly GatewayError TooLarge = new(GatewayErrorKind.RequestTooLarge, "The request body is larger than this gateway accepts. Send less.");

    /// <summary>Whether an idempotent grain call is worth repeating: its process was lost, full, or out of date.</summary>
    public static bool IsTransient(Exception exception) => !IsStore(exception) && (IsRefusal(exception) || IsLoss(exception));

    /// <summary>Whether the message came back at once because its grain moves: the next one may find it at its new place.</summary>
    public static bool IsTurnedBack(Exception exception) => exception is OrleansMessageRejectionException or ConnectionFailedException or StaleActivationException;

    /// <summary>
    /// Whether all silos are of a release that does not have the grain that was asked for: the web front was upgraded first. Orleans says it in words only
    /// (<c>GrainInterfaceTypeToGrainTypeResolver</c>).
    /// </summary>
    public static bool IsUnknownGrain(Exception exception) => exception is ArgumentException && exception.Message.StartsWith("Could not find an implementation", StringComparison.Ordinal);

    /// <summary>Whether the store is the reason; a grain whose state could not be read says so inside another exception.</summary>
    public static bool IsStore(Exception? exception) => exception is StoreUnavailableException || (exception?.InnerException is { } inner && IsStore(inner));

    private static bool IsRefusal(Exception exception) => exception is LimitExceededException or GatewayTooBusyException or StaleActivationException;

    // Orleans' plain exception is what a silo gets that the others have declared dead, until it knows: its directory takes no registration from it.
    private static bool IsLoss(Exception exception) =>
        exception is TimeoutException or OrleansMessageRejectionException or ConnectionFailedException or InconsistentStateException or ClientNotAvailableException
        || exception.GetType() == typeof(OrleansException);
}
