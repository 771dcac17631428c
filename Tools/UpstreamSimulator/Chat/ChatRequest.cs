using System.Text.Json;

namespace OrleansGateway.Simulator;

/// <summary>What the simulator needs to know of one chat request.</summary>
internal sealed class ChatRequest
{
    private ChatRequest(RequestBody body, JsonElement messages)
    {
        var root = body.Root;
        Model = body.Model ?? throw new InvalidRequestException("You must provide a model parameter.", "model");
        Stream = body.Stream;
        IncludeUsage = root.Find("stream_options").Find("include_usage") is { ValueKind: JsonValueKind.True };
        Choices = root.Whole("n", least: 1, most: 128) ?? 1;
        MaxTokens = root.Whole("max_completion_tokens", least: 1, most: int.MaxValue) ?? root.Whole("max_tokens", least: 1, most: int.MaxValue);
        PromptTokens = Prompt.Count(root, messages);
        (LastUserText, LastRole) = Prompt.Last(messages);
        Tool = LastRole == "tool" ? null : RequestedTool(root);
        Format = root.Find("response_format");
    }

    public string Model { get; }

    public bool Stream { get; }

    public bool IncludeUsage { get; }

    public int Choices { get; }

    public int? MaxTokens { get; }

    public int PromptTokens { get; }

    public string LastUserText { get; }

    public string? LastRole { get; }

    /// <summary>The function to be called, or null when the answer is text.</summary>
    public JsonElement? Tool { get; }

    public JsonElement? Format { get; }

    /// <summary>Throws <see cref="InvalidRequestException"/> when it cannot be answered.</summary>
    public static ChatRequest Read(RequestBody body) =>
        body.Root.Find("messages") is { ValueKind: JsonValueKind.Array } messages && messages.GetArrayLength() > 0
            ? new ChatRequest(body, messages)
            : throw new InvalidRequestException("'messages' must be a non-empty array.", "messages");

    private static JsonElement? RequestedTool(JsonElement root)
    {
        if (root.Find("tools") is not { ValueKind: JsonValueKind.Array } tools || root.Find("tool_choice") is { ValueKind: JsonValueKind.String } choice && choice.ValueEquals("none"))
        {
            return null;
        }

        var functions = tools.EnumerateArray().Select(tool => tool.Find("function")).Where(function => function.Find("name") is { ValueKind: JsonValueKind.String }).ToList();
        if (root.Find("tool_choice").Find("function").Find("name") is not { ValueKind: JsonValueKind.String } named)
        {
            return functions.FirstOrDefault();
        }

        return functions.Find(function => function.Find("name")!.Value.ValueEquals(named.GetString()))
            ?? throw new InvalidRequestException($"Tool choice '{named.GetString()}' not found in 'tools'.", "tool_choice");
    }
}
