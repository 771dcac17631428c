using Microsoft.Extensions.Logging;

namespace OrleansGateway;

internal sealed partial class ClusterApi
{
    [LoggerMessage(Level = LogLevel.Information, EventName = "membership_token_renewed", Message = "The API server answered 401; the token is read anew")]
    private static partial void LogRenewed(ILogger logger);

    [LoggerMessage(Level = LogLevel.Warning, EventName = "membership_throttled", Message = "The API server asks to wait (429): {Answer}")]
    private static partial void LogThrottled(ILogger logger, string? answer);
}
