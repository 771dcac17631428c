using StackExchange.Redis;

namespace OrleansGateway;

/// <summary>The setting <c>ConnectionStrings:Redis</c>.</summary>
internal static class RedisSetting
{
    private const string Name = "ConnectionStrings:Redis";

    /// <summary>The connection string; null with a fault when it is missing or of no use.</summary>
    /// <param name="configuration">Where it is set.</param>
    /// <param name="asking">What asks for it.</param>
    /// <param name="faults">Gets what is wrong with it.</param>
    public static string? Read(IConfiguration configuration, string asking, ICollection<string> faults)
    {
        if (configuration[Name] is not { Length: > 0 } connection)
        {
            faults.Add($"{Name} is not set, and {asking} asks for Redis");
            return null;
        }
        if (FindFault(connection) is not { } fault) return connection;
        faults.Add($"{Name} is not a StackExchange.Redis connection string such as redis:6379: {fault}");
        return null;
    }

    private static string? FindFault(string connection)
    {
        try
        {
            return ConfigurationOptions.Parse(connection).EndPoints.Count > 0 ? null : "it names no server";
        }
        catch (ArgumentException e)
        {
            return e.Message;
        }
    }
}
