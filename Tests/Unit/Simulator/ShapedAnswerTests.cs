using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using OrleansGateway.Simulator;
using static OrleansGateway.Tests.Unit.Simulator.RunningSimulator;

namespace OrleansGateway.Tests.Unit.Simulator;

public sealed class ShapedAnswerTests
{
    private const string Tools = """
        [{"type":"function","function":{"name":"first_one","parameters":{"type":"object","properties":{}}}},
         {"type":"function","function":{"name":"get_weather","parameters":{"type":"object","required":["city","days"],
           "properties":{"city":{"type":"string"},"days":{"type":"integer","minimum":3},"unused":{"type":"string"}}}}}]
        """;

    [Fact]
    public async Task The_named_function_is_called_with_arguments_its_schema_allows()
    {
        await using var simulator = await StartAsync();

        var choice = (await simulator.AskAsync(WithTools("""{"type":"function","function":{"name":"get_weather"}}"""))).GetProperty("choices")[0];

        Assert.Equal("tool_calls", choice.GetProperty("finish_reason").GetString());
        Assert.Equal(JsonValueKind.Null, choice.GetProperty("message").GetProperty("content").ValueKind);
        var call = choice.GetProperty("message").GetProperty("tool_calls")[0];
        Assert.Equal("get_weather", call.GetProperty("function").GetProperty("name").GetString());
        var arguments = JsonDocument.Parse(call.GetProperty("function").GetProperty("arguments").GetString()!).RootElement;
        Assert.Equal(["city", "days"], arguments.EnumerateObject().Select(property => property.Name));
        Assert.True(arguments.GetProperty("days").GetInt32() >= 3);
    }

    [Fact]
    public async Task A_streamed_call_comes_in_fragments_that_add_up()
    {
        await using var simulator = await StartAsync();
        var request = WithTools("""{"type":"function","function":{"name":"get_weather"}}""");
        var whole = (await simulator.AskAsync(request)).GetProperty("choices")[0].GetProperty("message").GetProperty("tool_calls")[0].GetProperty("function");
        request["stream"] = true;

        var calls = (await simulator.StreamAsync(request))
            .Select(StreamTests.Delta).Where(delta => delta.TryGetProperty("tool_calls", out _)).Select(delta => delta.GetProperty("tool_calls")[0]).ToList();

        Assert.Equal("get_weather", calls[0].GetProperty("function").GetProperty("name").GetString());
        Assert.True(calls.Count > 3);
        Assert.Equal(whole.GetProperty("arguments").GetString(), string.Concat(calls.Select(call => call.GetProperty("function").GetProperty("arguments").GetString())));
        Assert.Equal(simulator.Billed[0].OutputTokens, simulator.Billed[1].OutputTokens);
    }

    [Theory]
    [InlineData("\"auto\"", "user", "first_one")]
    [InlineData("\"none\"", "user", null)]
    [InlineData("\"auto\"", "tool", null)]
    public async Task Without_a_name_the_first_function_is_called_if_any(string choice, string lastRole, string? name)
    {
        await using var simulator = await StartAsync();
        var request = WithTools(choice);
        request["messages"]!.AsArray().Add(new JsonObject { ["role"] = lastRole, ["content"] = "sunny", ["tool_call_id"] = "c1" });

        var message = (await simulator.AskAsync(request)).GetProperty("choices")[0].GetProperty("message");

        Assert.Equal(name, message.TryGetProperty("tool_calls", out var calls) ? calls[0].GetProperty("function").GetProperty("name").GetString() : null);
    }

    [Fact]
    public async Task A_JSON_object_is_answered_when_one_is_asked_for()
    {
        await using var simulator = await StartAsync();
        var request = Chat();
        request["response_format"] = new JsonObject { ["type"] = "json_object" };

        var content = (await simulator.AskAsync(request)).GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString()!;

        Assert.Equal(JsonValueKind.Object, JsonDocument.Parse(content).RootElement.ValueKind);
    }

    [Fact]
    public void A_schema_is_satisfied_down_to_its_leaves()
    {
        var schema = JsonDocument.Parse("""
            {"type":"object","required":["name","kind","size","ratio","ok","tags","next","pick","id","nothing","when"],"$defs":{
              "node":{"type":"object","required":["value","next"],"properties":{"value":{"type":"integer","minimum":10,"maximum":12,"multipleOf":5},
              "next":{"anyOf":[{"$ref":"#/$defs/node"},{"type":"null"}]}}}},
             "properties":{"name":{"type":"string","minLength":30},"kind":{"enum":["a","b"]},"size":{"type":"integer","maximum":-3},
               "ratio":{"type":"number","exclusiveMinimum":0,"exclusiveMaximum":0.5},"ok":{"type":"boolean"},
               "tags":{"type":"array","minItems":3,"items":{"type":"string","maxLength":4}},"next":{"$ref":"#/$defs/node"},
               "pick":{"oneOf":[{"const":7},{"type":"string"}]},"id":{"type":["string","null"],"format":"uuid"},"nothing":{"type":"null"},
               "when":{"type":"string","format":"date-time"}}}
            """).RootElement;

        var answer = JsonDocument.Parse(SchemaAnswer.For(schema, seed: 1)).RootElement;

        Assert.True(answer.GetProperty("name").GetString()!.Length >= 30);
        Assert.Contains(answer.GetProperty("kind").GetString(), (string[])["a", "b"]);
        Assert.True(answer.GetProperty("size").GetInt32() <= -3);
        Assert.InRange(answer.GetProperty("ratio").GetDecimal(), 0.0001m, 0.4999m);
        Assert.True(answer.GetProperty("ok").ValueKind is JsonValueKind.True or JsonValueKind.False);
        Assert.Equal(3, answer.GetProperty("tags").GetArrayLength());
        Assert.All(answer.GetProperty("tags").EnumerateArray(), tag => Assert.True(tag.GetString()!.Length <= 4));
        Assert.Equal(10, answer.GetProperty("next").GetProperty("value").GetInt32());
        Assert.Equal(7, answer.GetProperty("pick").GetInt32());
        Assert.True(answer.GetProperty("id").TryGetGuid(out _));
        Assert.Equal(JsonValueKind.Null, answer.GetProperty("nothing").ValueKind);
        Assert.True(answer.GetProperty("when").TryGetDateTimeOffset(out _));
    }

    [Fact]
    public void Pieces_add_up_to_the_text_and_its_tokens()
    {
        const string text = """{"größe":"naïve 漢字 👩‍👩‍👧 𝄞","x":[1,2.5]}""";

        var pieces = TokenCounter.Split(text).ToList();

        Assert.Equal(text, string.Concat(pieces.Select(piece => piece.Text)));
        Assert.Equal(TokenCounter.Count(text), pieces.Sum(piece => piece.Tokens));
        Assert.All(pieces, piece => Assert.False(char.IsLowSurrogate(piece.Text[0])));
    }

    [Theory]
    [InlineData("a")]
    [InlineData(" ")]
    [InlineData("𝄞")]
    [InlineData("/\n")]
    [InlineData("a\u0301")]
    public async Task A_text_without_a_break_is_counted_in_time_that_grows_with_its_length(string what)
    {
        var text = new StringBuilder().Insert(0, what, 300_000).ToString();
        // By the square of its length it would be minutes, at one go.
        var counting = Task.Run(() => TokenCounter.Count(text), TestContext.Current.CancellationToken);
        Assert.InRange(await counting.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken), 1, text.Length * 3);
    }

    [Fact]
    public void A_text_of_words_is_counted_as_at_one_go()
    {
        var text = string.Concat(Enumerable.Repeat("What's new, my dear Watson? It's 42! größe 漢字 {\"x\":[1,2.5]}\r\n\r\n", 200));
        Assert.Equal(Microsoft.ML.Tokenizers.TiktokenTokenizer.CreateForEncoding("o200k_base").CountTokens(text), TokenCounter.Count(text));
    }

    private static JsonObject WithTools(string choice)
    {
        var request = Chat();
        request["tools"] = JsonNode.Parse(Tools);
        request["tool_choice"] = JsonNode.Parse(choice);
        return request;
    }
}
