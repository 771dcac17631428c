using System.Text.Json;

namespace OrleansGateway;

/// <summary>
/// Walks over <c>messages</c>: each must be an object with a role. Counts what takes tokens beyond its bytes, and stops at a message that refers to what the upstream keeps.
/// </summary>
internal ref struct MessagesScan(UpstreamApi api)
{
    private ContentCount _content = new(api);

    public readonly int Images => _content.Images;

    public readonly bool Unbounded => _content.Unbounded;

    /// <summary>The message that refers to what the upstream keeps; null when none does.</summary>
    public string? KeptElsewhere { get; private set; }

    /// <summary>Reads from the array's start to its end; null, or what is wrong as a field and a text.</summary>
    public (string Param, string Message)? Read(ref Utf8JsonReader json)
    {
        var element = json.CurrentDepth + 1; // depth of a message's braces
        var count = 0;
        var hasRole = false;
        var (isType, ofTool) = (false, false);
        while (json.Read())
        {
            var depth = json.CurrentDepth;
            var wasType = isType;
            isType = false;
            switch (json.TokenType)
            {
                case JsonTokenType.EndArray when depth < element:
                    return count > 0 ? null : ("messages", "must have at least one message");
                case JsonTokenType.StartObject when depth == element:
                    count++;
                    hasRole = false;
                    break;
                case JsonTokenType.EndObject when depth == element:
                    if (!hasRole) return ($"messages[{count - 1}].role", "must be a string such as 'user'");
                    break;
                case JsonTokenType.PropertyName when depth == element + 1 && json.ValueTextEquals("role"u8):
                    if (hasRole || !json.Read() || json.TokenType != JsonTokenType.String) return ($"messages[{count - 1}].role", "must be one string such as 'user'");
                    hasRole = true;
                    break;
                case JsonTokenType.PropertyName:
                    isType = LaxNames.IsLike(json, "type"u8);
                    // What a model says to a caller's tool may have any names.
                    if (depth <= element + 3) ofTool = depth == element + 3 && json.ValueTextEquals("input"u8);
                    if (isType || !_content.OnName(json, depth == element + 1) || ofTool) break;
                    KeptElsewhere = $"messages[{count - 1}]";
                    return null;
                case JsonTokenType.String when wasType:
                    _content.OnType(json);
                    break;
                default:
                    if (depth == element) return ($"messages[{count}]", "must be an object");
                    break;
            }
        }

        return null;
    }
}
