using System.Text.Json;

namespace OrleansGateway;

/// <summary>
/// Walks over <c>messages</c>: each must be an object with a role. Counts what takes tokens beyond its bytes, so that a hold is never
/// too small: images, and references to content of unknown size.
/// </summary>
internal ref struct MessagesScan
{
    private int _imageFields;
    private int _imageTypes;

    /// <summary>Image parts, counted the way that finds more.</summary>
    public readonly int Images => Math.Max(_imageFields, _imageTypes);

    /// <summary>Whether a part's size is not in its bytes.</summary>
    public bool Unbounded { get; private set; }

    /// <summary>Reads from the array's start to its end; null, or what is wrong as a field and a text.</summary>
    public (string Param, string Message)? Read(ref Utf8JsonReader json)
    {
        var element = json.CurrentDepth + 1; // depth of a message's braces
        var count = 0;
        var hasRole = false;
        var isType = false;
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
                    isType = json.ValueTextEquals("type"u8);
                    if (!isType) Count(ref json, depth == element + 1);
                    break;
                case JsonTokenType.String when wasType:
                    if (json.ValueTextEquals("image_url"u8) || json.ValueTextEquals("input_image"u8)) _imageTypes++;
                    break;
                default:
                    if (depth == element) return ($"messages[{count}]", "must be an object");
                    break;
            }
        }

        return null;
    }

    // A stored or packed file, a video or an earlier spoken answer holds more than its text here shows.
    private void Count(ref Utf8JsonReader json, bool ofMessage)
    {
        if (json.ValueTextEquals("image_url"u8)) _imageFields++;
        else if (json.ValueTextEquals("file_id"u8) || json.ValueTextEquals("file_data"u8) || json.ValueTextEquals("file_url"u8) || json.ValueTextEquals("video_url"u8)
            || (ofMessage && json.ValueTextEquals("audio"u8))) Unbounded = true;
    }
}
