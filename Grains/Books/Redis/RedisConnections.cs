using StackExchange.Redis;

namespace OrleansGateway;

/// <summary>How the gateway connects: what fails fails at once, nothing queues, and a server that is back is found within a second or two.</summary>
internal static class RedisConnections
{
    private const int TimeoutMilliseconds = 800;
    private const int ReconnectMilliseconds = 250;

    /// <summary>What the operator's connection string says, and what it leaves open as the books need it.</summary>
    public static ConfigurationOptions Of(string connectionString)
    {
        var options = ConfigurationOptions.Parse(connectionString);
        // A Redis that is away makes this process not ready, instead of ending it.
        options.AbortOnConnectFail = false;
        options.BacklogPolicy = BacklogPolicy.FailFast;
        options.ReconnectRetryPolicy = new LinearRetry(ReconnectMilliseconds);
        options.HeartbeatInterval = TimeSpan.FromMilliseconds(ReconnectMilliseconds);
        // A connection that went silent is given up within moments, instead of after a minute.
        options.HeartbeatConsistencyChecks = true;
        options.KeepAlive = 1;
        // How soon a server that became a replica, or the primary again, is known as such.
        options.ConfigCheckSeconds = 1;
        if (!Says(connectionString, "connectTimeout")) options.ConnectTimeout = 2 * TimeoutMilliseconds;
        if (!Says(connectionString, "syncTimeout")) options.SyncTimeout = TimeoutMilliseconds;
        if (!Says(connectionString, "asyncTimeout")) options.AsyncTimeout = TimeoutMilliseconds;
        return options;
    }

    private static bool Says(string connectionString, string option) => connectionString.Contains(option + "=", StringComparison.OrdinalIgnoreCase);
}
