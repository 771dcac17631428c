namespace OrleansGateway.Tests.TestKit;

/// <summary>What a gateway is told to keep its books in a redis-server.</summary>
internal static class RedisSettings
{
    /// <summary>Books in that redis-server.</summary>
    public static T OnRedis<T>(this T settings, string endpoint) where T : IDictionary<string, string?>
    {
        settings["Gateway:Storage"] = "Redis";
        settings["ConnectionStrings:Redis"] = endpoint;
        return settings;
    }

    /// <summary>Books in that redis-server, which is where processes find one another as well.</summary>
    public static T ClusteredOnRedis<T>(this T settings, string endpoint) where T : IDictionary<string, string?>
    {
        settings["Gateway:Clustering"] = "Redis";
        return settings.OnRedis(endpoint);
    }
}
