using System.Text.Json;

namespace OrleansGateway.Simulator;

/// <summary>Decides a chat answer: a pure function of the request and the script.</summary>
internal static class ChatComposer
{
    private const int ShortestUsual = 24;
    private const int UsualSpread = 13;

    /// <summary>For one API: how its requests are read, and its answers spelled.</summary>
    public static ComposeAnswer For(Func<RequestBody, ChatRequest> read, AnswerWire wire) => (body, script, seq, created) => Compose(read(body), wire, script, seq, created);

    private static ChatAnswer Compose(ChatRequest request, AnswerWire wire, SimulatorScript script, long seq, long created)
    {
        var cap = script.IgnoreMaxTokens ? int.MaxValue : request.MaxTokens ?? int.MaxValue;
        var reasoning = Math.Min(script.ReasoningTokens, cap);
        var echo = Words.Echo(request.LastUserText);
        var seed = Hash.Of(request.Model) ^ Hash.Of(request.LastUserText);
        var choices = new List<ChatChoice>();
        for (var index = 0; index < request.Choices + script.ExtraChoices; index++)
        {
            choices.Add(Choice(request, script, cap - reasoning, Hash.Next(seed + (ulong)index), echo, seq, index));
        }

        var output = reasoning + choices.Take(request.Choices).Sum(choice => choice.Tokens);
        if (script.DuplicateChoices)
        {
            choices.Add(choices[0]);
        }

        return new ChatAnswer
        {
            Wire = wire,
            Id = $"{wire.IdPrefix}{seq:d10}",
            Model = request.Model,
            Created = created,
            Cap = request.MaxTokens,
            Streams = script.SseForJson || (request.Stream && !script.JsonForSse),
            IncludeUsage = request.IncludeUsage || !request.Stream,
            AskedFor = request.Choices,
            Choices = choices,
            Usage = new UsageTokens(request.PromptTokens, Math.Min(script.CachedTokens, request.PromptTokens), output, reasoning),
        };
    }

    private static ChatChoice Choice(
        ChatRequest request, SimulatorScript script, int cap, ulong seed, IReadOnlyList<string> echo, long seq, int index)
    {
        if (request.Tool is { } tool)
        {
            var nameTokens = Math.Min(TokenCounter.Count(tool.Name), cap);
            var arguments = tool.Schema is { } parameters ? SchemaAnswer.For(parameters, seed) : "{}";
            return Capped(index, TokenCounter.Split(arguments), cap - nameTokens, "tool_calls") with
            {
                Tool = tool.Name,
                ToolId = $"call_sim{seq:d10}{index:d3}",
                NameTokens = nameTokens,
            };
        }

        return request.Format is { } format && format.Text("type") is "json_object" or "json_schema"
            ? Capped(index, TokenCounter.Split(Json(format, seed, echo)), cap, "stop")
            : Text(index, script.OutputTokens ?? (ShortestUsual + (int)(seed % UsualSpread)), cap, seed, echo);
    }

    private static ChatChoice Text(int index, int wanted, int cap, ulong seed, IReadOnlyList<string> echo) =>
        new(index, Words.Take(Math.Min(wanted, cap), seed, echo), wanted > cap ? "length" : "stop");

    private static string Json(JsonElement format, ulong seed, IReadOnlyList<string> echo) =>
        format.Find("json_schema").Find("schema") is { } schema
            ? SchemaAnswer.For(schema, seed)
            : $"{{\"answer\":\"{string.Concat(Words.Take(20, seed, echo).Select(piece => piece.Text))}\"}}";

    private static ChatChoice Capped(int index, IEnumerable<Piece> pieces, int cap, string finish)
    {
        var kept = new List<Piece>();
        var tokens = 0;
        foreach (var piece in pieces)
        {
            if ((tokens += piece.Tokens) > cap)
            {
                return new ChatChoice(index, kept, "length");
            }

            kept.Add(piece);
        }

        return new ChatChoice(index, kept, finish);
    }
}
