using System.Text.Json;

namespace OrleansGateway;

/// <summary>
/// Walks over <c>input</c>, a text or an array of items. Items that stand for what the upstream keeps, or that bring tools along, are refused: what is kept
/// there is the gateway's, not a tenant's, and tools are looked at in <c>tools</c>.
/// </summary>
internal ref struct ResponsesInput()
{
    private ContentCount _content = new(UpstreamApi.Responses);

    public readonly int Images => _content.Images;

    public readonly bool Unbounded => _content.Unbounded;

    /// <summary>Reads the field whose name was just read.</summary>
    public void Read(ref HeadReader fields)
    {
        switch (fields.Value())
        {
            case JsonTokenType.String when fields.Json.ValueSpan.Length > 0:
                return;
            case JsonTokenType.StartArray:
                ReadItems(ref fields);
                return;
            default:
                fields.Wrong("input", "must be a text or an array of items, not empty");
                return;
        }
    }

    private void ReadItems(ref HeadReader fields)
    {
        var items = 0;
        for (; fields.Value() != JsonTokenType.EndArray; items++)
        {
            if (fields.Json.TokenType != JsonTokenType.StartObject)
            {
                fields.Wrong($"input[{items}]", "must be an object");
                return;
            }
            ReadItem(ref fields, items);
            if (fields.Fault is not null) return;
        }
        if (items == 0) fields.Wrong("input", "must have at least one item");
    }

    private void ReadItem(ref HeadReader fields, int index)
    {
        ref var json = ref fields.Json;
        var own = json.CurrentDepth + 1;
        var isType = false;
        while (json.Read())
        {
            var wasType = isType;
            isType = false;
            switch (json.TokenType)
            {
                case JsonTokenType.EndObject when json.CurrentDepth < own:
                    return;
                case JsonTokenType.PropertyName:
                    isType = LaxNames.IsLike(json, "type"u8);
                    if (json.CurrentDepth == own && LaxNames.IsLike(json, "tools"u8)) Refuse(ref fields, $"input[{index}].tools");
                    else if (!isType) _content.OnName(json, ofMessage: false);
                    break;
                case JsonTokenType.String when wasType:
                    if (json.CurrentDepth == own && IsKeptElsewhere(json)) Refuse(ref fields, $"input[{index}].type");
                    _content.OnType(json);
                    break;
            }
            if (fields.Fault is not null) return;
        }
    }

    private static bool IsKeptElsewhere(in Utf8JsonReader type) =>
        type.ValueTextEquals("item_reference"u8) || type.ValueTextEquals("additional_tools"u8) || type.ValueTextEquals("tool_search_output"u8)
        || type.ValueTextEquals("compaction_trigger"u8) || type.ValueTextEquals("mcp_approval_response"u8);

    private static void Refuse(ref HeadReader fields, string param) => HeadFields.Unsupported(
        ref fields, param,
        "This item stands for something that the upstream keeps or carries out, at a cost that cannot be bounded here. Send the items themselves, and tools in 'tools'.");
}
