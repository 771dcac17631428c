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

    /// <summary>A user of its own, by which the three books know the call.</summary>
    public string User => $"caller-{Number}";

    /// <summary>Its <c>Idempotency-Key</c>.</summary>
    public string? Key => Keyed ? $"key-{Number}" : null;

    public string Body()
    {
        var body = new JsonObject { ["model"] = Model };
        if (Route == Embeddings) body["input"] = $"Text number {Number}";
        else body["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = $"Hello there, this is question {Number}" });
        if (Route != Embeddings) body["max_tokens"] = MaxTokens;
        if (Stream) body["stream"] = true;
        if (Route == ShortChat) return body.ToJsonString();

        body["user"] = User;
        if (Stream) body["stream_options"] = new JsonObject { ["include_usage"] = true };
        if (Script is not null) body["x_sim"] = JsonNode.Parse(Script);
        return body.ToJsonString(JsonSerializerOptions.Web);
    }

    public override string ToString() => $"{Route} {Model}{(Stream ? " stream" : "")}{(Keyed ? " keyed" : "")}{(Script is null ? "" : " " + Script)}";
}
