using System.Text.Json;

namespace OrleansGateway.Simulator;

/// <summary>What the simulator needs to know of one chat request, by whichever API it came.</summary>
internal sealed class ChatRequest
{
    public required string Model { get; init; }

    public required bool Stream { get; init; }

    public required bool IncludeUsage { get; init; }

    public int Choices { get; init; } = 1;

    public required int? MaxTokens { get; init; }

    public required int PromptTokens { get; init; }

    public required string LastUserText { get; init; }

    /// <summary>The function to be called, or null when the answer is text.</summary>
    public required RequestedTool? Tool { get; init; }

    public JsonElement? Format { get; init; }

    /// <summary>Throws <see cref="InvalidRequestException"/> when it cannot be answered.</summary>
    public static ChatRequest Read(RequestBody body) =>
        body.Root.Find("messages") is { ValueKind: JsonValueKind.Array } messages && messages.GetArrayLength() > 0
            ? Read(body, messages)
            : throw new InvalidRequestException("'messages' must be a non-empty array.", "messages");

    public static string ModelOf(RequestBody body) => body.Model ?? throw new InvalidRequestException("You must provide a model parameter.", "model");

    /// <summary>The tool of a name, the first one when none is named, or null when there is none.</summary>
    public static RequestedTool? ToolNamed(IEnumerable<JsonElement> functions, JsonElement? named, string schemaField)
    {
        var known = functions.Where(function => function.Find("name") is { ValueKind: JsonValueKind.String }).ToList();
        if (known.Count == 0)
        {
            return null;
        }

        var chosen = named is not { ValueKind: JsonValueKind.String } name
            ? known[0]
            : known.Find(function => function.Text("name") == name.GetString()) is { ValueKind: JsonValueKind.Object } found ? found
            : throw new InvalidRequestException($"Tool choice '{name.GetString()}' not found in 'tools'.", "tool_choice");
        return new RequestedTool(chosen.Text("name")!, chosen.Find(schemaField));
    }

    private static ChatRequest Read(RequestBody body, JsonElement messages)
    {
        var root = body.Root;
        var (text, role) = Prompt.Last(messages);
        return new ChatRequest
        {
            Model = ModelOf(body),
            Stream = body.Stream,
            IncludeUsage = root.Find("stream_options").Find("include_usage") is { ValueKind: JsonValueKind.True },
            Choices = root.Whole("n", least: 1, most: 128) ?? 1,
            MaxTokens = root.Whole("max_completion_tokens", least: 1, most: int.MaxValue) ?? root.Whole("max_tokens", least: 1, most: int.MaxValue),
            PromptTokens = Prompt.Count(root, messages),
            LastUserText = text,
            Tool = role == "tool" ? null : ToolOf(root),
            Format = root.Find("response_format"),
        };
    }

    private static RequestedTool? ToolOf(JsonElement root)
    {
        if (root.Find("tools") is not { ValueKind: JsonValueKind.Array } tools
            || root.Find("tool_choice") is { ValueKind: JsonValueKind.String } choice && choice.ValueEquals("none"))
        {
            return null;
        }

        return ToolNamed(tools.EnumerateArray().Select(tool => tool.Find("function")).OfType<JsonElement>(), root.Find("tool_choice").Find("function").Find("name"), "parameters");
    }
}

/// <summary>A function that the model is to call.</summary>
internal sealed record RequestedTool(string Name, JsonElement? Schema);
