using System.Text.Json;

namespace OrleansGateway;

/// <summary>
/// Counts what takes tokens beyond its bytes in the content of a request, so that a hold is never too small: images, and content of unknown size. Where a
/// thing can be told in two ways the one that finds more counts. Finds what refers to content that an upstream keeps, too.
/// </summary>
internal struct ContentCount(UpstreamApi api)
{
    private int _imageFields;
    private int _imageTypes;
    private int _thoughts;
    private int _sealedThoughts;
    private bool _hasDocument;
    private bool _hasAddress;
    private bool _unbounded;

    /// <summary>Image parts.</summary>
    public readonly int Images => Math.Max(_imageFields, _imageTypes);

    /// <summary>Whether a part's size is not in its bytes. A thought that is named but not enclosed is read where it was kept.</summary>
    public readonly bool Unbounded => _unbounded || (_hasDocument && _hasAddress) || _thoughts > _sealedThoughts;

    /// <summary>Takes the value of a <c>type</c> that the reader stands on.</summary>
    public void OnType(in Utf8JsonReader json)
    {
        switch (api)
        {
            case UpstreamApi.Messages:
                if (json.ValueTextEquals("image"u8)) _imageTypes++;
                else if (json.ValueTextEquals("document"u8)) _hasDocument = true;
                else if (json.ValueTextEquals("container_upload"u8)) _unbounded = true;
                break;
            case UpstreamApi.Responses:
                if (json.ValueTextEquals("input_image"u8) || json.ValueTextEquals("image_url"u8) || json.ValueTextEquals("computer_screenshot"u8)) _imageTypes++;
                else if (json.ValueTextEquals("reasoning"u8)) _thoughts++;
                break;
            default:
                if (json.ValueTextEquals("image_url"u8) || json.ValueTextEquals("input_image"u8)) _imageTypes++;
                break;
        }
    }

    /// <summary>
    /// Takes the name of another member that the reader stands on. True when it refers to what the upstream keeps for the gateway's account: a stored file, a container or an
    /// earlier spoken answer, which may be another tenant's.
    /// </summary>
    /// <param name="json">The reader.</param>
    /// <param name="ofMessage">Whether it is a message's own member.</param>
    public bool OnName(in Utf8JsonReader json, bool ofMessage)
    {
        if (LaxNames.IsLike(json, "image_url"u8)) _imageFields++;
        // A packed file or a video holds more than its text here shows.
        else if (LaxNames.IsLike(json, "file_data"u8) || LaxNames.IsLike(json, "file_url"u8) || LaxNames.IsLike(json, "video_url"u8)) _unbounded = true;
        else if (LaxNames.IsLike(json, "file_id"u8) || (api == UpstreamApi.Responses && LaxNames.IsLike(json, "container_id"u8))
            || (ofMessage && api == UpstreamApi.Chat && LaxNames.IsLike(json, "audio"u8)))
            return _unbounded |= !IsNull(json);
        else if (LaxNames.IsLike(json, "url"u8)) _hasAddress = true;
        // The one name that makes less of what is counted: it must be the name to any upstream.
        else if (json.ValueTextEquals("encrypted_content"u8)) _sealedThoughts += IsText(json) ? 1 : 0;
        else if (LaxNames.IsLike(json, "media_type"u8)) _hasAddress |= IsPacked(json);
        return false;
    }

    private static bool IsNull(Utf8JsonReader name) => name.Read() && name.TokenType == JsonTokenType.Null;

    private static bool IsText(Utf8JsonReader name) => name.Read() && name.TokenType == JsonTokenType.String;

    // A few bytes of PDF make a page, and a page is read as a picture.
    private static bool IsPacked(Utf8JsonReader name) => name.Read() && name.TokenType == JsonTokenType.String
        && !name.ValueTextEquals("text/plain"u8) && !name.ValueSpan.StartsWith("image/"u8);
}
