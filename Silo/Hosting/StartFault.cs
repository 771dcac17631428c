using System.Net.Sockets;
using k8s.Autorest;
using StackExchange.Redis;

namespace OrleansGateway;

/// <summary>Faults of a start that are the operator's to mend: said in one message, without a stack trace.</summary>
internal static class StartFault
{
    /// <summary>Whether a start may go well when it is tried again: the store, or the API server, was lost in the middle of it.</summary>
    public static bool MayPass(Exception exception) => exception is StoreUnavailableException
        || (exception is RedisException or RedisTimeoutException && RedisFaults.MayPass(exception))
        || (exception is HttpRequestException or HttpOperationException && ApiFaults.MayPass(exception))
        || (exception.InnerException is { } inner && MayPass(inner));

    /// <summary>What to print; null for a fault of ours.</summary>
    public static string? MessageOf(Exception exception) => exception switch
    {
        SettingsException or ListenException or DataDirectoryInUseException or UnsafeStoreException or KubernetesClusteringException => exception.Message,
        HttpOperationException refused => $"The API server answered {(int)refused.Response.StatusCode}: {refused.Response.Content}",
        InvalidDataException => exception.Message,
        SocketException { SocketErrorCode: SocketError.AddressAlreadyInUse } =>
            "A port of the silo is in use: stop the other program, or choose other ports (Gateway:SiloPort, Gateway:GatewayPort).",
        _ when exception.InnerException is { } inner => MessageOf(inner),
        _ => null,
    };
}
