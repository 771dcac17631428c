using Microsoft.Extensions.Logging;

namespace OrleansGateway;

internal sealed partial class KubernetesMembershipTable
{
    [LoggerMessage(Level = LogLevel.Information, EventName = "membership_created", Message = "Created the OrleansCluster {Namespace}/{ClusterId}")]
    private static partial void LogCreated(ILogger logger, string @namespace, string clusterId);

    [LoggerMessage(Level = LogLevel.Warning, EventName = "membership_awaited",
        Message = "The API server cannot be asked for the OrleansCluster {Namespace}/{ClusterId}; this silo waits for it and joins then")]
    private static partial void LogAwaited(ILogger logger, Exception exception, string @namespace, string clusterId);

    [LoggerMessage(Level = LogLevel.Error, EventName = "membership_replaced",
        Message = "The OrleansCluster {Namespace}/{ClusterId} was deleted and made anew while this silo ran: silos of before and after do not know one another. Restart all silos")]
    private static partial void LogReplaced(ILogger logger, string @namespace, string clusterId);

    [LoggerMessage(Level = LogLevel.Warning, EventName = "membership_contended",
        Message = "The OrleansCluster {Namespace}/{ClusterId} was changed by somebody other than a silo at each of {Tries} tries to write it")]
    private static partial void LogContended(ILogger logger, string @namespace, string clusterId, int tries);

    [LoggerMessage(Level = LogLevel.Warning, EventName = "membership_no_heartbeats", Message = "The leases cannot be listed; the heartbeats of the last time are used")]
    private static partial void LogNoHeartbeats(ILogger logger, Exception exception);
}
