using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace OrleansGateway;

/// <summary>
/// Hangs up on whoever connects and says nothing: Kestrel's time-out of a request's head begins with its first byte, and before that a connection may stay for minutes and
/// take the place of a caller's.
/// </summary>
internal static class SilentConnections
{
    /// <summary>Ends connections of which no byte has come within a time that is asked for at each.</summary>
    public static void EndSilent(this ListenOptions endpoint, Func<TimeSpan> patience, TimeProvider time) =>
        endpoint.Use(next => connection => ServeAsync(connection, next, patience(), time));

    private static async Task ServeAsync(ConnectionContext connection, ConnectionDelegate next, TimeSpan patience, TimeProvider time)
    {
        if (await SpeaksAsync(connection, patience, time)) await next(connection);
    }

    private static async Task<bool> SpeaksAsync(ConnectionContext connection, TimeSpan patience, TimeProvider time)
    {
        using var limit = new CancellationTokenSource(patience, time);
        var stopping = connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.ConnectionClosedRequested ?? default;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stopping);
        try
        {
            var input = connection.Transport.Input;
            var first = await input.ReadAsync(either.Token);
            // Whoever reads next gets it at once.
            input.AdvanceTo(first.Buffer.Start);
            return !first.Buffer.IsEmpty;
        }
        catch (Exception e) when (e is OperationCanceledException or ConnectionAbortedException or IOException)
        {
            return false;
        }
    }
}
