using System.Text.Json;

namespace OrleansGateway;

/// <summary>
/// Walks over <c>input</c>, a text or an array of items. Items that stand for what the upstream keeps, have no type by which to tell, or bring tools along are refused: what is
/// kept there is the gateway's, not a tenant's, and tools are looked at in <c>tools</c>.
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
        var item = new ItemContent();
        var (isType, ofTool) = (false, false);
        while (json.Read())
        {
            var wasType = isType;
            isType = false;
            switch (json.TokenType)
            {
                case JsonTokenType.EndObject when json.CurrentDepth < own:
                    if (item.Missing() is { } missing) Refuse(ref fields, index, missing);
                    return;
                case JsonTokenType.PropertyName:
                    isType = LaxNames.IsLike(json, "type"u8);
                    if (json.CurrentDepth == own)
                    {
                        ofTool = json.ValueTextEquals("action"u8) || json.ValueTextEquals("actions"u8) || json.ValueTextEquals("arguments"u8);
                        item.OnMember(ref fields);
                        if (item.IsOfNoType) Refuse(ref fields, index, "type");
                        if (LaxNames.IsLike(json, "tools"u8)) Refuse(ref fields, index, "tools");
                    }
                    // What a model says to a caller's tool may have any names.
                    if (!isType && _content.OnName(json, ofMessage: false) && !ofTool) Refuse(ref fields, index, "content");
                    break;
                case JsonTokenType.String when wasType:
                    _content.OnType(json);
                    break;
            }
            if (fields.Fault is not null) return;
        }
    }

    private static void Refuse(ref HeadReader fields, int index, string member) => HeadFields.Unsupported(
        ref fields, member.Length == 0 ? $"input[{index}]" : $"input[{index}].{member}",
        "This item stands for something that the upstream keeps or carries out: what it is and costs is not known here. Send the items themselves, each with its type and "
        + "content (a thought with 'encrypted_content', or without 'id'), and tools in 'tools'.");
}
