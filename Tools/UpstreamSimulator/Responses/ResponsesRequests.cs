using System.Text.Json;

namespace OrleansGateway.Simulator;

/// <summary>Reads a request for a response as the chat it amounts to.</summary>
internal static class ResponsesRequests
{
    public static ChatRequest Read(RequestBody body)
    {
        var root = body.Root;
        var input = root.Find("input") ?? throw new InvalidRequestException("'input' is missing.", "input");
        var (text, role) = input.ValueKind switch
        {
            JsonValueKind.String => (input.GetString()!, "user"),
            JsonValueKind.Array => Last(input),
            _ => throw new InvalidRequestException("'input' must be a string or an array.", "input"),
        };
        return new ChatRequest
        {
            Model = ChatRequest.ModelOf(body),
            Stream = body.Stream,
            IncludeUsage = true,
            MaxTokens = root.Whole("max_output_tokens", least: 1, most: int.MaxValue),
            PromptTokens = 3 + Prompt.OfText(input) + Prompt.OfText(root.Find("instructions")) + Prompt.OfText(root.Find("tools")),
            LastUserText = text,
            Tool = role == "function_call_output" ? null : ChatRequest.ToolNamed(Functions(root), root.Find("tool_choice").Find("name"), "parameters"),
        };
    }

    private static IEnumerable<JsonElement> Functions(JsonElement root) =>
        root.Find("tools") is { ValueKind: JsonValueKind.Array } tools ? tools.EnumerateArray().Where(tool => tool.Text("type") == "function") : [];

    private static (string Text, string? Role) Last(JsonElement items)
    {
        var text = "";
        string? role = null;
        foreach (var item in items.EnumerateArray())
        {
            role = item.Text("role") ?? item.Text("type");
            if (role == "user") text = Prompt.TextOf(item.Find("content"));
        }

        return (text, role);
    }
}
