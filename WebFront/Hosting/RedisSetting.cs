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

    // By its parts' numbers: each may hold a password, or the rest of one that has a comma.
    private static string? FindFault(string connection)
    {
        var parts = connection.Split(',', StringSplitOptions.TrimEntries);
        var options = false;
        for (var i = 0; i < parts.Length; i++)
        {
            if (parts[i].Length == 0) continue;
            var isOption = parts[i].Contains('=', StringComparison.Ordinal);
            options |= isOption;
            if (!IsGood(isOption ? $"redis:6379,{parts[i]}" : parts[i]))
                return $"part {i + 1} of the {parts.Length} between commas is neither a server nor a known option with a good value";
            if (!isOption && (parts[i].Contains('@', StringComparison.Ordinal) || (parts[i].Contains('/', StringComparison.Ordinal) && parts[i][0] != '!')))
                return $"part {i + 1} of the {parts.Length} between commas is no host:port; a user and a password are the options user= and password=";
            if (!isOption && options && !parts[i].Contains(':', StringComparison.Ordinal))
                return $"part {i + 1} of the {parts.Length} between commas is a server without a port after options; if it belongs to a password, choose one without a comma";
        }
        return IsGood(connection) && ConfigurationOptions.Parse(connection).EndPoints.Count > 0 ? null : "it names no server";
    }

    private static bool IsGood(string connection)
    {
        try
        {
            _ = ConfigurationOptions.Parse(connection);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
