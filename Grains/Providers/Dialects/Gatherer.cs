using System.Text;
using System.Text.Json.Nodes;

namespace OrleansGateway;

/// <summary>Puts the events of one stream together, in work and memory that grow no faster than the stream.</summary>
internal abstract class Gatherer
{
    // More choices cannot be asked for, and of parts that an index leaves out few streams have any: each costs memory that no byte of the stream pays for.
    private const int MostChoices = 128;
    private const int MostHoles = 1024;

    // Texts that come in pieces, by where they stand: joined once, for each piece would copy all before it.
    private readonly Dictionary<(JsonObject Part, string Name), StringBuilder> _texts = [];
    private int _holes;

    /// <summary>What was gathered, as a whole answer would have it. Asked for once, at the end.</summary>
    public JsonObject Finish()
    {
        foreach (var ((part, name), text) in _texts) part[name] = text.ToString();
        return Whole();
    }

    /// <summary>The same, when the texts are whole.</summary>
    protected abstract JsonObject Whole();

    /// <summary>Takes an event's data.</summary>
    public abstract void Take(JsonObject data);

    /// <summary>For what was asked, and what the upstream speaks.</summary>
    public static Gatherer For(UpstreamApi asked, UpstreamApi spoken) => spoken switch
    {
        UpstreamApi.Responses => new OfResponse(asForChat: asked == UpstreamApi.Chat),
        UpstreamApi.Messages => new OfMessage(),
        _ => new OfChat(),
    };

    private static void Set(JsonObject target, string name, JsonNode? value)
    {
        if (value is not null) target[name] = value.DeepClone();
        else if (!target.ContainsKey(name)) target[name] = null;
    }

    /// <summary>Adds a delta to what it is a delta of.</summary>
    private void Merge(JsonObject target, JsonObject delta)
    {
        foreach (var (name, value) in delta)
        {
            switch (value)
            {
                case JsonObject inner when target[name] is JsonObject known:
                    Merge(known, inner);
                    break;
                case JsonArray items:
                    if (target[name] is not JsonArray list)
                    {
                        Replace(target, name);
                        target[name] = list = [];
                    }
                    foreach (var item in items) MergeItem(list, item);
                    break;
                case JsonValue text when name is not ("role" or "type" or "id" or "name") && text.TryGetValue<string>(out var more)
                    && target[name] is JsonValue before && before.TryGetValue<string>(out var said):
                    Append(target, name, said, more);
                    break;
                default:
                    if (value is not null) Replace(target, name);
                    Set(target, name, value);
                    break;
            }
        }
    }

    private void Append(JsonObject target, string name, string said, string more)
    {
        if (!_texts.TryGetValue((target, name), out var text)) _texts[(target, name)] = text = new StringBuilder(said);
        text.Append(more);
    }

    // What takes a text's place is not to be written over by it.
    private void Replace(JsonObject target, string name) => _texts.Remove((target, name));

    // Parts of a list are told apart by an index, which is of the stream alone.
    private void MergeItem(JsonArray list, JsonNode? item)
    {
        if (item is not JsonObject part || part["index"] is not JsonValue at || !at.TryGetValue<int>(out var index) || index is < 0 or > 1024)
        {
            list.Add(item?.DeepClone());
            return;
        }
        for (var hole = false; list.Count <= index; hole = true)
        {
            if (hole && ++_holes > MostHoles) throw new FormatException("The parts of an answer leave out too many.");
            list.Add(new JsonObject());
        }
        var rest = part.DeepClone().AsObject();
        rest.Remove("index");
        Merge(list[index].Object(), rest);
    }

    private sealed class OfChat : Gatherer
    {
        private readonly SortedDictionary<int, JsonObject> _choices = [];
        private readonly JsonObject _whole = [];

        protected override JsonObject Whole()
        {
            _whole["object"] = "chat.completion";
            if (_choices.Count > 0) _whole["choices"] = new JsonArray([.. _choices.Values]);
            return _whole;
        }

        public override void Take(JsonObject data)
        {
            foreach (var (name, value) in data)
            {
                if (name == "choices") TakeChoices(value.Array());
                else if (name == "usage" || !_whole.ContainsKey(name)) Set(_whole, name, value);
            }
        }

        private void TakeChoices(JsonArray choices)
        {
            foreach (var one in choices.Select(c => c.Object()))
            {
                var index = one["index"] is { } at ? at.Value<int>() : 0;
                if (!_choices.TryGetValue(index, out var choice))
                {
                    if (_choices.Count == MostChoices) throw new FormatException("An answer has more choices than can be asked for.");
                    _choices[index] = choice = new JsonObject
                    {
                        ["index"] = index,
                        ["message"] = new JsonObject { ["role"] = "assistant", ["content"] = null, ["refusal"] = null },
                        ["logprobs"] = null,
                        ["finish_reason"] = null,
                    };
                }
                foreach (var (name, value) in one)
                {
                    if (name == "delta") Merge(choice["message"].Object(), value.Object());
                    else if (name == "logprobs" && value is JsonObject && choice[name] is JsonObject known) Merge(known, value.Object());
                    else if (name != "index") Set(choice, name, value);
                }
            }
        }
    }

    /// <summary>Its last event has all of it.</summary>
    private sealed class OfResponse(bool asForChat) : Gatherer
    {
        private JsonObject _response = [];

        protected override JsonObject Whole() => asForChat ? AsChat() : _response;

        public override void Take(JsonObject data)
        {
            if (data["response"] is JsonObject response) _response = response.DeepClone().AsObject();
        }

        private JsonObject AsChat()
        {
            var output = _response["output"].Array().Select(item => item.Object()).ToList();
            var text = string.Concat(output.Where(i => Is(i, "message")).SelectMany(i => i["content"].Array())
                .Where(p => Is(p.Object(), "output_text")).Select(p => p.Object()["text"].Value<string>()));
            var calls = output.Where(i => Is(i, "function_call")).Select(i => (JsonNode)new JsonObject
            {
                ["id"] = i["call_id"]?.DeepClone(),
                ["type"] = "function",
                ["function"] = new JsonObject { ["name"] = i["name"]?.DeepClone(), ["arguments"] = i["arguments"]?.DeepClone() },
            }).ToArray();
            var message = new JsonObject { ["role"] = "assistant", ["content"] = calls.Length > 0 && text.Length == 0 ? null : text, ["refusal"] = null };
            if (calls.Length > 0) message["tool_calls"] = new JsonArray(calls);
            var finish = calls.Length > 0 ? "tool_calls" : Is(_response, "incomplete", "status") ? "length" : "stop";
            var chat = new JsonObject
            {
                ["id"] = _response["id"]?.DeepClone(),
                ["object"] = "chat.completion",
                ["created"] = _response["created_at"]?.DeepClone(),
                ["model"] = _response["model"]?.DeepClone(),
                ["choices"] = new JsonArray(new JsonObject { ["index"] = 0, ["message"] = message, ["logprobs"] = null, ["finish_reason"] = finish }),
            };
            if (_response["error"] is { } error) chat["error"] = error.DeepClone();
            if (_response["usage"] is JsonObject usage) chat["usage"] = UsageOfChat(usage);
            return chat;
        }

        private static JsonObject UsageOfChat(JsonObject usage)
        {
            var spelled = new JsonObject();
            foreach (var (name, value) in usage)
            {
                var spelling = name.Replace("input_tokens", "prompt_tokens", StringComparison.Ordinal).Replace("output_tokens", "completion_tokens", StringComparison.Ordinal);
                spelled[spelling] = value?.DeepClone();
            }
            return spelled;
        }

        private static bool Is(JsonNode item, string type, string member = "type") => item[member] is JsonValue value && value.TryGetValue<string>(out var text) && text == type;
    }

    private sealed class OfMessage : Gatherer
    {
        private readonly SortedDictionary<int, JsonObject> _blocks = [];
        private readonly Dictionary<int, StringBuilder> _inputs = [];
        private JsonObject _message = [];

        protected override JsonObject Whole()
        {
            foreach (var (index, input) in _inputs) _blocks[index]["input"] = input.Length == 0 ? new JsonObject() : JsonNode.Parse(input.ToString());
            _message["content"] = new JsonArray([.. _blocks.Values]);
            return _message;
        }

        public override void Take(JsonObject data)
        {
            switch (data["type"]?.GetValue<string>())
            {
                case "message_start":
                    _message = data["message"].Object().DeepClone().AsObject();
                    break;
                case "content_block_start":
                    _blocks[IndexOf(data)] = data["content_block"].Object().DeepClone().AsObject();
                    break;
                case "content_block_delta":
                    TakeDelta(IndexOf(data), data["delta"].Object());
                    break;
                case "message_delta":
                    foreach (var (name, value) in data["delta"].Object()) Set(_message, name, value);
                    if (data["usage"] is JsonObject usage) TakeUsage(usage);
                    break;
            }
        }

        private void TakeDelta(int index, JsonObject delta)
        {
            var block = _blocks[index];
            foreach (var (name, value) in delta)
            {
                if (name == "partial_json") InputOf(index).Append(value.Value<string>());
                else if (name == "citation") (block["citations"] as JsonArray ?? (JsonArray)(block["citations"] = new JsonArray())).Add(value?.DeepClone());
                else if (name != "type") Merge(block, new JsonObject { [name] = value?.DeepClone() });
            }
        }

        private StringBuilder InputOf(int index) => _inputs.TryGetValue(index, out var input) ? input : _inputs[index] = new StringBuilder();

        // Totals: what is told later counts, but a zero tells nothing.
        private void TakeUsage(JsonObject usage)
        {
            if (_message["usage"] is not JsonObject known)
            {
                Set(_message, "usage", usage);
                return;
            }
            foreach (var (name, value) in usage)
                if (!(value is JsonValue number && number.TryGetValue<long>(out var tokens) && tokens == 0)) Set(known, name, value);
        }

        private static int IndexOf(JsonObject data) => data["index"].Value<int>();
    }
}
