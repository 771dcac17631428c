using Microsoft.Extensions.Logging;

namespace OrleansGateway;

/// <summary>What an operator is woken by, whether a tenant was being opened or was served when its loss was found.</summary>
internal static partial class BookLossLog
{
    [LoggerMessage(EventId = 5, EventName = "state_missing", Level = LogLevel.Error, Message = "Tenant {TenantId} is frozen ({Known} entries known, {Found} found) until its book is restored or an operator accepts the loss, at /admin/v1/tenants/…/book: {Problem}")]
    public static partial void LogStateMissing(this ILogger logger, Exception? exception, string tenantId, long? known, long? found, string problem);
}
