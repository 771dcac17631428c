using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace OrleansGateway.Admin;

/// <summary>Says why a field that a body must not have is not taken, or null when the field is simply unknown.</summary>
internal delegate string? ExplainField(string path);

/// <summary>
/// Compares a JSON document with the type it shall become, and names every difference by its path: unknown, missing, of another
/// type. A merge patch is compared likewise, but lacks what it leaves alone and has null for what it resets.
/// </summary>
internal sealed class StrictShape
{
    private readonly List<PolicyFault> _faults = [];
    private readonly ExplainField _explain;

    private StrictShape(ExplainField explain) => _explain = explain;

    public static IReadOnlyCollection<PolicyFault> FaultsOf<T>(JsonObject document, ExplainField explain)
    {
        var shape = new StrictShape(explain);
        shape.Compare(document, typeof(T), "", patch: false);
        return shape._faults;
    }

    public static IReadOnlyCollection<PolicyFault> FaultsOfPatch<T>(JsonObject patch, ExplainField explain)
    {
        var shape = new StrictShape(explain);
        shape.Compare(patch, typeof(T), "", patch: true);
        return shape._faults;
    }

    private void Compare(JsonNode node, Type declared, string path, bool patch)
    {
        var type = Nullable.GetUnderlyingType(declared) ?? declared;
        var info = AdminJson.Options.GetTypeInfo(type);
        switch (info.Kind, node)
        {
            case (JsonTypeInfoKind.Object, JsonObject fields):
                CompareFields(fields, info, path, patch);
                break;
            case (JsonTypeInfoKind.Dictionary, JsonObject entries):
                foreach (var (key, value) in entries) CompareElement(value, info.ElementType!, $"{path}['{key}']", patch);
                break;
            case (JsonTypeInfoKind.Enumerable, JsonArray elements):
                // An array is replaced as a whole, so within it nothing may be missing.
                for (var i = 0; i < elements.Count; i++) CompareElement(elements[i], info.ElementType!, $"{path}[{i}]", patch: false);
                break;
            default:
                if (!IsValue(node, type)) Add(path, $"Must be {Expected(info)}.");
                break;
        }
    }

    private void CompareFields(JsonObject fields, JsonTypeInfo info, string path, bool patch)
    {
        foreach (var (name, value) in fields)
        {
            var at = path.Length == 0 ? name : $"{path}.{name}";
            var property = info.Properties.FirstOrDefault(property => property.Name == name);
            if (property is null)
                Add(at, _explain(at) ?? $"Unknown field; there are {string.Join(", ", info.Properties.Select(property => property.Name))}.");
            else if (value is not null)
                Compare(value, property.PropertyType, at, patch);
            else if (!patch && !TakesNull(property))
                Add(at, "Must not be null.");
        }

        if (patch) return;
        foreach (var property in info.Properties.Where(property => property.IsRequired && !fields.ContainsKey(property.Name)))
            Add(path.Length == 0 ? property.Name : $"{path}.{property.Name}", "Must be given.");
    }

    private void CompareElement(JsonNode? element, Type type, string path, bool patch)
    {
        if (element is not null) Compare(element, type, path, patch);
        else if (!patch) Add(path, "Must not be null.");
    }

    private void Add(string path, string message) => _faults.Add(new PolicyFault(path, message));

    private static bool TakesNull(JsonPropertyInfo property) =>
        property.PropertyType.IsValueType ? Nullable.GetUnderlyingType(property.PropertyType) is not null : property.IsSetNullable;

    private static bool IsValue(JsonNode node, Type type)
    {
        if (type.IsEnum) return node.GetValueKind() == JsonValueKind.String && Names(type).Contains(node.GetValue<string>());
        try
        {
            return node is JsonValue && node.Deserialize(type, AdminJson.Options) is not null;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static string Expected(JsonTypeInfo info) => info.Kind switch
    {
        JsonTypeInfoKind.Object or JsonTypeInfoKind.Dictionary => "an object",
        JsonTypeInfoKind.Enumerable => "an array",
        _ when info.Type == typeof(string) => "a string",
        _ when info.Type == typeof(int) || info.Type == typeof(long) => "a whole number in range",
        _ when info.Type == typeof(decimal) => "a number of at most 28 digits",
        _ when info.Type == typeof(Money) => "a number of US dollars with at most nine decimals, below nine billion",
        _ when info.Type == typeof(BudgetWindow) => BudgetWindow.Expected,
        _ when info.Type == typeof(DateTimeOffset) => Instant.Expected,
        _ when info.Type.IsEnum => "one of " + string.Join(", ", Names(info.Type)),
        _ => "a value of another type",
    };

    private static IEnumerable<string> Names(Type type) => Enum.GetNames(type).Select(JsonNamingPolicy.CamelCase.ConvertName);
}
