using Orleans.Runtime.Messaging;
using Orleans.Storage;

namespace OrleansGateway;

/// <summary>What the exception of a grain call says of the cluster and its store.</summary>
public static class GrainFaults
{
    /// <summary>Whether an idempotent grain call is worth repeating: its process was lost, full, or out of date.</summary>
    public static bool IsTransient(Exception exception) => !IsStore(exception) && (IsRefusal(exception) || IsLoss(exception));

    /// <summary>Whether the message came back at once because its grain moves: the next one may find it at its new place.</summary>
    public static bool IsTurnedBack(Exception exception) => exception is OrleansMessageRejectionException or ConnectionFailedException or StaleActivationException;

    /// <summary>
    /// Whether all silos are of a release that does not have the grain that was asked for: the web front was upgraded first. Orleans says it in words only
    /// (<c>GrainInterfaceTypeToGrainTypeResolver</c>).
    /// </summary>
    public static bool IsUnknownGrain(Exception exception) =>
        exception is ArgumentException && exception.Message.StartsWith("Could not find an implementation", StringComparison.Ordinal);

    /// <summary>Whether the store is the reason; a grain whose state could not be read says so inside another exception.</summary>
    public static bool IsStore(Exception? exception) => exception is StoreUnavailableException || (exception?.InnerException is { } inner && IsStore(inner));

    /// <summary>Whether nothing was done, for the process is full or the grain has moved.</summary>
    public static bool IsRefusal(Exception exception) => exception is LimitExceededException or GatewayTooBusyException or StaleActivationException;

    /// <summary>
    /// Whether the process that was called, or the way to it, was lost. Orleans' plain exception is what a silo gets that the others have declared dead, until it knows:
    /// its directory takes no registration from it.
    /// </summary>
    public static bool IsLoss(Exception exception) =>
        exception is TimeoutException or OrleansMessageRejectionException or ConnectionFailedException or InconsistentStateException or ClientNotAvailableException
        || exception.GetType() == typeof(OrleansException);
}
