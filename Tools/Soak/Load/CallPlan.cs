using System.Text.Json;
using System.Text.Json.Nodes;

namespace OrleansGateway.Soak;

/// <summary>What a caller asks for.</summary>
/// <param name="Number">The call's number in its run.</param>
/// <param name="Route">The path called.</param>
/// <param name="Model">The model asked for.</param>
/// <param name="Stream">Whether the answer is to come as a stream.</param>
/// <param name="MaxTokens">The most output asked for.</param>
/// <param name="Script">How the simulator is to answer it, as JSON; null leaves that to the simulator's own scripts.</param>
/// <param name="UsageLies">Whether that script makes the upstream report more than it bills.</param>
/// <param name="Keyed">Whether its caller wants it done once, however often it asks.</param>
internal sealed record CallPlan(int Number, string Route, string Model, bool Stream, int MaxTokens, string? Script, bool UsageLies, bool Keyed = false)
{
    public const string Chat = "/v1/chat/completions";
    public const string ShortChat = "/v1/chat";
    public const string Embeddings = "/v1/embeddings";
    public const string Responses = "/v1/responses";
    public const string Messages = "/v1/messages";

    /// <summary>A user of its own, by which the three books know the call.</summary>
    public string User => $"caller-{Number}";

    /// <summary>Its <c>Idempotency-Key</c>.</summary>
    public string? Key => Keyed ? $"key-{Number}" : null;

    public string Body()
    {
        var body = new JsonObject { ["model"] = Model };
        if (Route == Embeddings) body["input"] = $"Text number {Number}";
        else if (Route == Responses) body["input"] = Question;
        else body["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = Question });
        if (Route != Embeddings) body[Route == Responses ? "max_output_tokens" : "max_tokens"] = MaxTokens;
        if (Stream) body["stream"] = true;
        if (Route == ShortChat) return body.ToJsonString();

        if (Route == Messages) body["metadata"] = new JsonObject { ["user_id"] = User };
        else body["user"] = User;
        if (Stream && Route == Chat) body["stream_options"] = new JsonObject { ["include_usage"] = true };
        if (Script is not null) body["x_sim"] = JsonNode.Parse(Script);
        return body.ToJsonString(JsonSerializerOptions.Web);
    }

    /// <summary>Whether a stream's text came to its end.</summary>
    public bool IsWhole(string events) => events.EndsWith("\n\n", StringComparison.Ordinal) && LastData(events) switch
    {
        "[DONE]" => Route is Chat or ShortChat,
        var data when Route == Responses => data.StartsWith("{\"type\":\"response.completed\"", StringComparison.Ordinal)
            || data.StartsWith("{\"type\":\"response.incomplete\"", StringComparison.Ordinal),
        var data => Route == Messages && data == "{\"type\":\"message_stop\"}",
    };

    private string Question => $"Hello there, this is question {Number}";

    private static string LastData(string events) =>
        events.TrimEnd('\n').Split('\n')[^1] is { } line && line.StartsWith("data: ", StringComparison.Ordinal) ? line["data: ".Length..] : "";

    public override string ToString() => $"{Route} {Model}{(Stream ? " stream" : "")}{(Keyed ? " keyed" : "")}{(Script is null ? "" : " " + Script)}";
}
