using System.Buffers;
using System.Text;
using System.Text.Json;

namespace OrleansGateway.Simulator;

/// <summary>Writes JSON that satisfies a JSON schema; patterns and <c>not</c> are not understood.</summary>
internal sealed class SchemaAnswer
{
    private const int Deepest = 12;
    private readonly JsonElement _root;
    private readonly Utf8JsonWriter _json;
    private ulong _seed;

    private SchemaAnswer(JsonElement root, Utf8JsonWriter json, ulong seed) => (_root, _json, _seed) = (root, json, seed);

    public static string For(JsonElement schema, ulong seed)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer, SimulatorJson.Wire);
        new SchemaAnswer(schema, json, seed).Write(schema, 0);
        json.Flush();
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private void Write(JsonElement schema, int depth)
    {
        schema = Resolve(schema, depth);
        if (Get(schema, "const") is { } only)
        {
            only.WriteTo(_json);
        }
        else if (Get(schema, "enum") is { ValueKind: JsonValueKind.Array } values && values.GetArrayLength() > 0)
        {
            values[(int)(Next() % (ulong)values.GetArrayLength())].WriteTo(_json);
        }
        else
        {
            WriteType(schema, TypeOf(schema), depth);
        }
    }

    private void WriteType(JsonElement schema, string type, int depth)
    {
        switch (type)
        {
            case "object": WriteObject(schema, depth); break;
            case "array": WriteArray(schema, depth); break;
            case "string": _json.WriteStringValue(SchemaText.For(schema, Next())); break;
            case "integer": _json.WriteNumberValue((long)SchemaNumber.For(schema, whole: true)); break;
            case "number": _json.WriteNumberValue(SchemaNumber.For(schema, whole: false)); break;
            case "boolean": _json.WriteBooleanValue(Next() % 2 == 0); break;
            default: _json.WriteNullValue(); break;
        }
    }

    private void WriteObject(JsonElement schema, int depth)
    {
        var required = Get(schema, "required") is { ValueKind: JsonValueKind.Array } names ? names.EnumerateArray().Select(name => name.GetString()).ToHashSet() : null;
        _json.WriteStartObject();
        if (Get(schema, "properties") is { ValueKind: JsonValueKind.Object } properties)
        {
            foreach (var property in properties.EnumerateObject())
            {
                if (required?.Contains(property.Name) ?? depth < Deepest)
                {
                    _json.WritePropertyName(property.Name);
                    Write(property.Value, depth + 1);
                }
            }
        }

        _json.WriteEndObject();
    }

    private void WriteArray(JsonElement schema, int depth)
    {
        var least = Get(schema, "minItems")?.GetInt32() ?? 0;
        var most = Get(schema, "maxItems")?.GetInt32() ?? int.MaxValue;
        var count = Math.Max(least, depth < Deepest / 2 ? Math.Min(most, 2) : 0);
        _json.WriteStartArray();
        for (var i = 0; i < count; i++)
        {
            if (Get(schema, "prefixItems") is { ValueKind: JsonValueKind.Array } prefix && i < prefix.GetArrayLength())
            {
                Write(prefix[i], depth + 1);
            }
            else if (Get(schema, "items") is { ValueKind: JsonValueKind.Object } items)
            {
                Write(items, depth + 1);
            }
            else
            {
                _json.WriteStringValue(SchemaText.For(default, Next()));
            }
        }

        _json.WriteEndArray();
    }

    /// <summary>Follows references and picks the first alternative; deep inside, one that ends the recursion.</summary>
    private JsonElement Resolve(JsonElement schema, int depth)
    {
        for (var hops = 0; hops < 32; hops++)
        {
            if (Get(schema, "$ref")?.GetString() is { } reference)
            {
                schema = Follow(reference);
            }
            else if ((Get(schema, "anyOf") ?? Get(schema, "oneOf") ?? Get(schema, "allOf")) is { ValueKind: JsonValueKind.Array } ways && ways.GetArrayLength() > 0)
            {
                var simple = ways.EnumerateArray().Where(way => Get(way, "type")?.ToString() is "null" or "string" or "integer" or "number" or "boolean");
                schema = depth < Deepest / 2 ? ways[0] : simple.Append(ways[0]).First();
            }
            else
            {
                break;
            }
        }

        return schema;
    }

    private JsonElement Follow(string reference)
    {
        var at = _root;
        foreach (var step in reference.TrimStart('#').Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            at = Get(at, step.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal))
                ?? throw new InvalidRequestException($"The schema has no {reference}.", "response_format");
        }

        return at;
    }

    private static string TypeOf(JsonElement schema) => Get(schema, "type") switch
    {
        { ValueKind: JsonValueKind.String } type => type.GetString()!,
        { ValueKind: JsonValueKind.Array } types when types.GetArrayLength() > 0 => types[0].GetString()!,
        _ => Get(schema, "properties") is not null ? "object" : Get(schema, "items") is not null ? "array" : "string",
    };

    private static JsonElement? Get(JsonElement schema, string name) =>
        schema.ValueKind == JsonValueKind.Object && schema.TryGetProperty(name, out var value) ? value : null;

    private ulong Next() => _seed = Hash.Next(_seed);
}
