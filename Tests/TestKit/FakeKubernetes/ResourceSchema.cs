using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using k8s;
using k8s.Models;

namespace OrleansGateway.Tests.TestKit.FakeKubernetes;

/// <summary>The schema of the library's own definition, applied as the API server applies it: unknown fields are dropped, what does not fit is told in full.</summary>
internal sealed partial class ResourceSchema
{
    private readonly SchemaNode _root;

    private ResourceSchema(SchemaNode root) => _root = root;

    public static ResourceSchema Load()
    {
        var definition = KubernetesYaml.Deserialize<V1CustomResourceDefinition>(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "crd", "orleansclusters.yaml")));
        return new ResourceSchema(JsonSerializer.Deserialize<SchemaNode>(KubernetesJson.Serialize(definition.Spec.Versions.Single().Schema.OpenAPIV3Schema))!);
    }

    /// <summary>Drops what the schema does not know, then checks; with the object as it was, the rules of transition too.</summary>
    public IReadOnlyList<string> PruneAndCheck(JsonObject now, JsonObject? was)
    {
        var faults = new List<string>();
        foreach (var field in now.Select(f => f.Key).ToList())
            if (field is not ("apiVersion" or "kind" or "metadata") && !_root.Properties.ContainsKey(field)) now.Remove(field);
        foreach (var (name, property) in _root.Properties)
            if (now[name] is { } value) Check(value, was?[name], property, name, faults);
        CheckRequired(now, _root, "", faults);
        CheckRules(now, was, _root, "", faults);
        return faults;
    }

    private static void Check(JsonNode value, JsonNode? was, SchemaNode schema, string path, List<string> faults)
    {
        switch (schema.Type)
        {
            case "object" when value is JsonObject o:
                foreach (var field in o.Select(f => f.Key).ToList())
                {
                    if (!schema.Properties.TryGetValue(field, out var property)) o.Remove(field);
                    else if (o[field] is { } child) Check(child, (was as JsonObject)?[field], property, $"{path}.{field}", faults);
                    else o.Remove(field); // null is as good as absent
                }

                CheckRequired(o, schema, path, faults);
                break;
            case "array" when value is JsonArray a:
                if (a.Count > schema.MaxItems) faults.Add($"{path}: Too many: {a.Count}: must have at most {schema.MaxItems} items");
                var items = ((JsonArray)value).ToList();
                for (var i = 0; i < items.Count; i++) Check(items[i]!, null, schema.Items!, $"{path}[{i}]", faults);
                break;
            case "string" when value.GetValueKind() == JsonValueKind.String:
                CheckText(value.GetValue<string>(), schema, path, faults);
                break;
            case "integer" when value.GetValueKind() == JsonValueKind.Number && long.TryParse(value.ToJsonString(), CultureInfo.InvariantCulture, out var number):
                if (number < schema.Minimum || number > schema.Maximum) faults.Add($"{path}: Invalid value: {number}: out of range");
                if (schema.Format == "int32" && number != (int)number) faults.Add($"{path}: Invalid value: {number}: not an int32");
                break;
            default:
                faults.Add($"{path}: Invalid value: must be of type {schema.Type}");
                return;
        }

        CheckRules(value, was, schema, path, faults);
    }

    private static void CheckText(string text, SchemaNode schema, string path, List<string> faults)
    {
        if (text.Length > schema.MaxLength) faults.Add($"{path}: Too long: may not be longer than {schema.MaxLength}");
        if (text.Length < schema.MinLength) faults.Add($"{path}: Invalid value: should be at least {schema.MinLength} chars long");
        if (schema.Enum is { } allowed && !allowed.Contains(text)) faults.Add($"{path}: Unsupported value: \"{text}\"");
        if (schema.Format == "date-time" && !DateTimeText().IsMatch(text)) faults.Add($"{path}: Invalid value: \"{text}\": must be of type date-time");
    }

    private static void CheckRequired(JsonObject value, SchemaNode schema, string path, List<string> faults) =>
        faults.AddRange((schema.Required).Where(name => value[name] is null).Select(name => $"{path}.{name}: Required value"));

    private static void CheckRules(JsonNode now, JsonNode? was, SchemaNode schema, string path, List<string> faults)
    {
        foreach (var rule in schema.Rules)
        {
            // Rules that speak of the old value hold for changes only.
            if (rule.Rule.Contains("oldSelf", StringComparison.Ordinal) && was is null) continue;
            if (!Holds(rule.Rule, now, was)) faults.Add($"{path}: Invalid value: {rule.Message}");
        }
    }

    // The rules of the definition, one by one: a new one must be taught here, so that none passes unseen.
    private static bool Holds(string rule, JsonNode now, JsonNode? was) => rule switch
    {
        "self.spec.clusterId == self.metadata.name" => Equal(now["spec"]?["clusterId"], now["metadata"]?["name"]),
        "!has(oldSelf.status) || has(self.status)" => was!["status"] is null || now["status"] is not null,
        "self.clusterId == oldSelf.clusterId && self.serviceId == oldSelf.serviceId" => Equal(now["clusterId"], was!["clusterId"]) && Equal(now["serviceId"], was["serviceId"]),
        "self.version >= oldSelf.version" => now["version"]!.GetValue<int>() >= was!["version"]!.GetValue<int>(),
        _ => throw new NotSupportedException($"The fake API server does not know the rule '{rule}'."),
    };

    private static bool Equal(JsonNode? one, JsonNode? other) => JsonNode.DeepEquals(one, other);

    [GeneratedRegex(@"\A\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)\z")]
    private static partial Regex DateTimeText();

    private sealed record SchemaNode(
        [property: JsonPropertyName("type")] string? Type,
        [property: JsonPropertyName("format")] string? Format,
        [property: JsonPropertyName("items")] SchemaNode? Items,
        [property: JsonPropertyName("enum")] IReadOnlyList<string>? Enum,
        [property: JsonPropertyName("minimum")] double? Minimum,
        [property: JsonPropertyName("maximum")] double? Maximum,
        [property: JsonPropertyName("minLength")] long? MinLength,
        [property: JsonPropertyName("maxLength")] long? MaxLength,
        [property: JsonPropertyName("maxItems")] long? MaxItems)
    {
        [JsonPropertyName("properties")]
        public Dictionary<string, SchemaNode> Properties { get; init; } = [];

        [JsonPropertyName("required")]
        public IReadOnlyList<string> Required { get; init; } = [];

        [JsonPropertyName("x-kubernetes-validations")]
        public IReadOnlyList<SchemaRule> Rules { get; init; } = [];
    }

    private sealed record SchemaRule([property: JsonPropertyName("rule")] string Rule, [property: JsonPropertyName("message")] string Message);
}
