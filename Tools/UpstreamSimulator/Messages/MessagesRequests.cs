using System.Text.Json;

namespace OrleansGateway.Simulator;

/// <summary>Reads an Anthropic message request as the chat it amounts to.</summary>
internal static class MessagesRequests
{
    public static ChatRequest Read(RequestBody body)
    {
        var root = body.Root;
        if (root.Find("messages") is not { ValueKind: JsonValueKind.Array } messages || messages.GetArrayLength() == 0)
        {
            throw new InvalidRequestException("messages: Field required", "messages");
        }

        var last = messages.EnumerateArray().Last();
        var isToolResult = last.Find("content") is { ValueKind: JsonValueKind.Array } parts && parts.EnumerateArray().Any(part => part.Text("type") == "tool_result");
        return new ChatRequest
        {
            Model = ChatRequest.ModelOf(body),
            Stream = body.Stream,
            IncludeUsage = true,
            MaxTokens = root.Whole("max_tokens", least: 1, most: int.MaxValue) ?? throw new InvalidRequestException("max_tokens: Field required", "max_tokens"),
            PromptTokens = 3 + Prompt.OfText(messages) + Prompt.OfText(root.Find("system")) + Prompt.OfText(root.Find("tools")),
            LastUserText = messages.EnumerateArray().Where(message => message.Text("role") == "user")
                .Select(message => Prompt.TextOf(message.Find("content"))).LastOrDefault() ?? "",
            Tool = isToolResult ? null : ChatRequest.ToolNamed(
                root.Find("tools") is { ValueKind: JsonValueKind.Array } tools ? tools.EnumerateArray() : [],
                root.Find("tool_choice").Find("name"),
                "input_schema"),
        };
    }
}
