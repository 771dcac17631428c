using System.Collections.Concurrent;
using System.Reflection;
using System.Text.Json;

namespace OrleansGateway.Simulator;

/// <summary>Reads scripts strictly: an unknown field or an impossible number is a fault with a name, never ignored.</summary>
internal static class ScriptReader
{
    private const int CachedHeaders = 256;
    private static readonly ConcurrentDictionary<string, SimulatorScript> Headers = new(StringComparer.Ordinal);
    private static readonly PropertyInfo[] Numbers =
        [.. typeof(SimulatorScript).GetProperties().Where(property => property.PropertyType != typeof(string) && IsNumber(property.PropertyType))];

    /// <summary>Throws <see cref="JsonException"/> when it is no script.</summary>
    public static SimulatorScript Read(JsonElement json) => Checked(json.Deserialize<SimulatorScript>(SimulatorJson.Options));

    /// <summary>Remembers what it read: load generators send the same header with every call.</summary>
    public static SimulatorScript ReadHeader(string json)
    {
        if (Headers.TryGetValue(json, out var known))
        {
            return known;
        }

        var script = Checked(JsonSerializer.Deserialize<SimulatorScript>(json, SimulatorJson.Options));
        if (Headers.Count < CachedHeaders)
        {
            Headers.TryAdd(json, script);
        }

        return script;
    }

    /// <summary>One entry or an array of them.</summary>
    public static IReadOnlyList<NextScript> ReadNext(JsonElement json)
    {
        var entries = json.ValueKind == JsonValueKind.Array
            ? json.Deserialize<NextScript[]>(SimulatorJson.Options)
            : [json.Deserialize<NextScript>(SimulatorJson.Options)!];
        foreach (var entry in entries ?? [])
        {
            Checked(entry?.Script);
            if (entry!.Count < 1)
            {
                throw new JsonException("count must be 1 or more.");
            }
        }

        return entries ?? [];
    }

    private static SimulatorScript Checked(SimulatorScript? script)
    {
        if (script is null)
        {
            throw new JsonException("A script is a JSON object.");
        }

        foreach (var number in Numbers)
        {
            if (number.GetValue(script) is IConvertible value && value.ToDouble(null) < 0)
            {
                throw new JsonException($"{JsonNamingPolicy.CamelCase.ConvertName(number.Name)} must not be negative.");
            }
        }

        return script.Status is < 200 or > 599 ? throw new JsonException("status must be between 200 and 599.") : script;
    }

    private static bool IsNumber(Type type) =>
        (Nullable.GetUnderlyingType(type) ?? type) is var plain && (plain == typeof(int) || plain == typeof(long) || plain == typeof(double));
}
