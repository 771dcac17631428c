using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace OrleansGateway;

/// <summary>
/// Makes the events of a stream from a whole answer that came in its place: it is charged, so the caller who asked for a stream shall have it. As few events
/// as clients need to put it together again.
/// </summary>
internal static class SpreadAnswer
{
    private static readonly JsonSerializerOptions Json = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The stream; null when the answer has members of another type than they should be.</summary>
    public static byte[]? Of(UpstreamApi api, ReadOnlyMemory<byte> answer)
    {
        try
        {
            var whole = JsonNode.Parse(answer.Span).Object();
            var events = new StringBuilder();
            foreach (var one in api switch
            {
                UpstreamApi.Responses => OfResponse(whole),
                UpstreamApi.Messages => OfMessage(whole),
                _ => OfChat(whole),
            })
            {
                if (one["type"] is JsonValue type && api != UpstreamApi.Chat) events.Append("event: ").Append(type.GetValue<string>()).Append('\n');
                events.Append("data: ").Append(one.ToJsonString(Json)).Append("\n\n");
            }
            if (api == UpstreamApi.Chat) events.Append("data: [DONE]\n\n");
            return Encoding.UTF8.GetBytes(events.ToString());
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or ArgumentException)
        {
            return null;
        }
    }

    private static IEnumerable<JsonObject> OfChat(JsonObject whole)
    {
        var choices = new JsonArray();
        foreach (var choice in whole["choices"].Array().Select(c => c.Object().DeepClone().AsObject()))
        {
            var delta = choice["message"].Object().DeepClone().AsObject();
            choice.Remove("message");
            if (delta["tool_calls"] is JsonArray calls)
                for (var i = 0; i < calls.Count; i++) calls[i].Object()["index"] = i;
            choice["delta"] = delta;
            choices.Add(choice);
        }
        yield return Chunk(choices);
        if (whole["usage"] is not { } usage) yield break;
        var last = Chunk([]);
        last["usage"] = usage.DeepClone();
        yield return last;

        JsonObject Chunk(JsonArray of)
        {
            var chunk = whole.DeepClone().AsObject();
            chunk.Remove("usage");
            chunk["object"] = "chat.completion.chunk";
            chunk["choices"] = of;
            return chunk;
        }
    }

    private static IEnumerable<JsonObject> OfResponse(JsonObject whole)
    {
        var number = 0;
        var begun = whole.DeepClone().AsObject();
        (begun["status"], begun["output"], begun["usage"]) = ("in_progress", new JsonArray(), null);
        yield return Event("response.created", ("response", begun));
        var output = whole["output"].Array();
        for (var i = 0; i < output.Count; i++)
        {
            var item = output[i].Object();
            var empty = item.DeepClone().AsObject();
            var parts = item["content"] as JsonArray ?? [];
            if (empty.ContainsKey("content")) empty["content"] = new JsonArray();
            yield return Event("response.output_item.added", ("output_index", i), ("item", empty));
            for (var p = 0; p < parts.Count; p++)
            {
                if (parts[p].Object()["text"] is not { } text) continue;
                var blank = parts[p].Object().DeepClone().AsObject();
                blank["text"] = "";
                yield return Event("response.content_part.added", ("item_id", item["id"]), ("output_index", i), ("content_index", p), ("part", blank));
                yield return Event(
                    "response.output_text.delta", ("item_id", item["id"]), ("output_index", i), ("content_index", p), ("delta", text), ("logprobs", new JsonArray()));
                yield return Event("response.output_text.done", ("item_id", item["id"]), ("output_index", i), ("content_index", p), ("text", text), ("logprobs", new JsonArray()));
                yield return Event("response.content_part.done", ("item_id", item["id"]), ("output_index", i), ("content_index", p), ("part", parts[p]));
            }
            yield return Event("response.output_item.done", ("output_index", i), ("item", item));
        }
        yield return Event(whole["status"]?.GetValue<string>() is "incomplete" ? "response.incomplete" : "response.completed", ("response", whole));

        JsonObject Event(string type, params (string Name, JsonNode? Value)[] members)
        {
            var one = new JsonObject { ["type"] = type, ["sequence_number"] = number++ };
            foreach (var (name, value) in members) one[name] = value?.DeepClone();
            return one;
        }
    }

    private static IEnumerable<JsonObject> OfMessage(JsonObject whole)
    {
        var begun = whole.DeepClone().AsObject();
        (begun["content"], begun["stop_reason"], begun["stop_sequence"]) = (new JsonArray(), null, null);
        yield return new JsonObject { ["type"] = "message_start", ["message"] = begun };
        var content = whole["content"].Array();
        for (var i = 0; i < content.Count; i++)
        {
            var block = content[i].Object().DeepClone().AsObject();
            var (member, type, piece) = block switch
            {
                _ when block["text"] is { } => ("text", "text_delta", "text"),
                _ when block["thinking"] is { } => ("thinking", "thinking_delta", "thinking"),
                _ when block["input"] is { } => ("input", "input_json_delta", "partial_json"),
                _ => ("", "", ""),
            };
            var value = member.Length == 0 ? null : block[member]!.DeepClone();
            if (value is not null) block[member] = member == "input" ? new JsonObject() : "";
            yield return new JsonObject { ["type"] = "content_block_start", ["index"] = i, ["content_block"] = block };
            if (value is not null)
                yield return new JsonObject
                {
                    ["type"] = "content_block_delta",
                    ["index"] = i,
                    ["delta"] = new JsonObject { ["type"] = type, [piece] = member == "input" ? value.ToJsonString(Json) : value },
                };
            yield return new JsonObject { ["type"] = "content_block_stop", ["index"] = i };
        }
        var stop = new JsonObject { ["stop_reason"] = whole["stop_reason"]?.DeepClone(), ["stop_sequence"] = whole["stop_sequence"]?.DeepClone() };
        var ended = new JsonObject { ["type"] = "message_delta", ["delta"] = stop };
        if (whole["usage"] is { } usage) ended["usage"] = usage.DeepClone();
        yield return ended;
        yield return new JsonObject { ["type"] = "message_stop" };
    }
}
