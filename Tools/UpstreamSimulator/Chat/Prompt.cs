using System.Text.Json;

namespace OrleansGateway.Simulator;

/// <summary>Counts a prompt's tokens and finds its question.</summary>
internal static class Prompt
{
    private const int PerMessage = 3;
    private const int PerAnswer = 3;
    private const int LowDetailImage = 85;
    private const int HighDetailImage = 85 + (4 * 170);

    public static int Count(JsonElement root, JsonElement messages)
    {
        var tokens = PerAnswer;
        foreach (var message in messages.EnumerateArray())
        {
            if (message.Text("role") is null)
            {
                throw new InvalidRequestException("Each message must be an object with a role.", "messages");
            }

            tokens += PerMessage + OfContent(message.Find("content")) + TokenCounter.Count(message.Text("name") ?? "") + OfRaw(message.Find("tool_calls"));
        }

        return tokens + OfRaw(root.Find("tools")) + OfRaw(root.Find("response_format").Find("json_schema"));
    }

    /// <summary>The last user message's text, and who spoke last.</summary>
    public static (string LastUserText, string? LastRole) Last(JsonElement messages)
    {
        var text = "";
        string? role = null;
        foreach (var message in messages.EnumerateArray())
        {
            role = message.Text("role");
            text = role != "user" ? text : TextOf(message.Find("content"));
        }

        return (text, role);
    }

    /// <summary>A content's text.</summary>
    public static string TextOf(JsonElement? content) => content switch
    {
        { ValueKind: JsonValueKind.String } text => text.GetString()!,
        { ValueKind: JsonValueKind.Array } parts => string.Join(' ', parts.EnumerateArray().Select(part => part.Text("text") ?? "")),
        _ => "",
    };

    /// <summary>The tokens of a text, or of anything else as it is written.</summary>
    public static int OfText(JsonElement? json) => json is { ValueKind: JsonValueKind.String } text ? TokenCounter.Count(text.GetString()!) : OfRaw(json);

    private static int OfContent(JsonElement? content) => content switch
    {
        null => 0,
        { ValueKind: JsonValueKind.String } text => TokenCounter.Count(text.GetString()!),
        { ValueKind: JsonValueKind.Array } parts => parts.EnumerateArray().Sum(OfPart),
        _ => throw new InvalidRequestException("'content' must be a string or an array of parts.", "messages"),
    };

    private static int OfPart(JsonElement part) => part.Text("type") switch
    {
        "text" => TokenCounter.Count(part.Text("text") ?? ""),
        "refusal" => TokenCounter.Count(part.Text("refusal") ?? ""),
        "image_url" => part.Find("image_url").Find("detail") is { } detail && detail.ValueEquals("low") ? LowDetailImage : HighDetailImage,
        "input_audio" => 10 + (Length(part.Find("input_audio").Find("data")) / 800),
        "file" => 100 + (Length(part.Find("file").Find("file_data")) / 1000),
        _ => throw new InvalidRequestException("A content part has an unknown type.", "messages"),
    };

    private static int Length(JsonElement? text) => text is { ValueKind: JsonValueKind.String } some ? some.GetString()!.Length : 0;

    private static int OfRaw(JsonElement? json) => json is { } some ? TokenCounter.Count(some.GetRawText()) : 0;
}
