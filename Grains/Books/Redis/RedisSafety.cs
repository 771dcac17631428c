using StackExchange.Redis;

namespace OrleansGateway;

/// <summary>Whether a Redis keeps what it confirmed: settings under which a crash or a full memory loses money.</summary>
internal static class RedisSafety
{
    private static readonly (string Setting, string Needed)[] Needs =
    [
        ("appendonly", "yes"),
        ("appendfsync", "always"),
        ("maxmemory-policy", "noeviction"),
    ];

    /// <summary>The verdict on settings as found; one that is missing counts as a fault.</summary>
    public static IReadOnlyList<RedisFault> FaultsIn(string server, IReadOnlyDictionary<string, string> settings) =>
    [
        .. from need in Needs
           let found = settings.GetValueOrDefault(need.Setting, "not known")
           where !string.Equals(found, need.Needed, StringComparison.OrdinalIgnoreCase)
           select new RedisFault(server, need.Setting, found, need.Needed)
    ];

    /// <summary>Asks every primary, over a connection of its own: the gateway's should not be able to run commands of administration.</summary>
    /// <exception cref="StoreUnavailableException">None could be reached.</exception>
    /// <exception cref="InvalidDataException">The server refuses the login.</exception>
    public static async Task<RedisSafetyReport> CheckAsync(ConfigurationOptions configuration)
    {
        var withAdministration = configuration.Clone();
        withAdministration.AllowAdmin = true;
        withAdministration.AbortOnConnectFail = true;
        try
        {
            await using var connection = await ConnectionMultiplexer.ConnectAsync(withAdministration);
            return await CheckAsync(connection);
        }
        catch (Exception fault) when (RedisFaults.IsRefusedLogin(fault))
        {
            throw new InvalidDataException(
                $"ConnectionStrings:Redis: the server refuses the user or the password given there, or wants one (user=…,password=…): {fault.Message}");
        }
        catch (Exception fault) when (RedisFaults.IsFault(fault))
        {
            throw RedisFaults.Unavailable("did not say how it is configured", fault);
        }
    }

    private static async Task<RedisSafetyReport> CheckAsync(ConnectionMultiplexer connection)
    {
        var primaries = connection.GetServers().Where(server => server.IsConnected && !server.IsReplica).ToList();
        if (primaries.Count == 0)
        {
            throw new StoreUnavailableException("No Redis primary could be reached.");
        }

        var faults = new List<RedisFault>();
        foreach (var server in primaries)
        {
            var name = server.EndPoint.ToString()!;
            try
            {
                faults.AddRange(FaultsIn(name, await SettingsOfAsync(server)));
            }
            catch (RedisServerException forbidden) when (!RedisFaults.IsRefusedLogin(forbidden))
            {
                // Managed services often forbid CONFIG, or do not have it.
                var needed = string.Join(", ", Needs.Select(need => $"{need.Setting} {need.Needed}"));
                return new RedisSafetyReport(faults, $"{name} could not be checked for {needed}: {forbidden.Message}");
            }
        }

        return new RedisSafetyReport(faults, NotChecked: null);
    }

    private static async Task<Dictionary<string, string>> SettingsOfAsync(IServer server)
    {
        var settings = new Dictionary<string, string>();
        foreach (var (setting, _) in Needs)
        {
            // One at a time: several in one command need Redis 7.
            var answer = (string?[]?)await server.ExecuteAsync("CONFIG", "GET", setting);
            if (answer is [_, { } value])
            {
                settings[setting] = value;
            }
        }

        return settings;
    }
}

/// <summary>One setting that is not as needed.</summary>
internal sealed record RedisFault(string Server, string Setting, string Found, string Needed)
{
    public override string ToString() => $"{Server}: {Setting} is '{Found}' but must be '{Needed}'";
}

/// <param name="Faults">Settings known to be wrong.</param>
/// <param name="NotChecked">Why not everything could be checked; null when it could.</param>
internal sealed record RedisSafetyReport(IReadOnlyList<RedisFault> Faults, string? NotChecked)
{
    public bool IsSafe => Faults.Count == 0 && NotChecked is null;
}
