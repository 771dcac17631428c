using System.Net.ServerSentEvents;
using System.Text;
using System.Text.Json;
using OrleansGateway.Simulator;
using static OrleansGateway.Tests.Unit.Simulator.RunningSimulator;

namespace OrleansGateway.Tests.Unit.Simulator;

public sealed class StreamTests
{
    [Fact]
    public async Task A_stream_says_what_the_JSON_answer_says_and_ends_with_usage_and_done()
    {
        await using var simulator = await StartAsync();
        var whole = await simulator.AskAsync(Chat());

        var (text, broken) = await simulator.ReadAsync(Chat(stream: true));

        var events = Events(text);
        Assert.Null(broken);
        Assert.EndsWith("\n\ndata: [DONE]\n\n", text, StringComparison.Ordinal);
        Assert.Equal("assistant", Delta(events[0]).GetProperty("role").GetString());
        Assert.Equal(whole.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString(), Text(events));
        Assert.Equal("stop", events[^2].GetProperty("choices")[0].GetProperty("finish_reason").GetString());
        Assert.Empty(events[^1].GetProperty("choices").EnumerateArray());
        Assert.Equal(whole.GetProperty("usage").ToString(), events[^1].GetProperty("usage").ToString());
        Assert.All(events.SkipLast(1), one => Assert.Equal(JsonValueKind.Null, one.GetProperty("usage").ValueKind));
        Assert.Single(events.Select(one => one.GetProperty("id").GetString()).Distinct());
    }

    [Fact]
    public async Task Without_include_usage_no_chunk_speaks_of_usage()
    {
        await using var simulator = await StartAsync();
        var request = Chat(stream: true);
        request.Remove("stream_options");

        Assert.All(await simulator.StreamAsync(request), one => Assert.False(one.TryGetProperty("usage", out _)));
    }

    [Fact]
    public async Task Every_choice_has_a_role_text_and_an_end()
    {
        await using var simulator = await StartAsync(new SimulatorScript { OutputTokens = 3 });
        var request = Chat(stream: true);
        request["n"] = 2;

        var choices = (await simulator.StreamAsync(request))
            .SelectMany(one => one.GetProperty("choices").EnumerateArray())
            .ToLookup(choice => choice.GetProperty("index").GetInt32());

        Assert.Equal([0, 1], choices.Select(choice => choice.Key).Order());
        Assert.All(choices, choice => Assert.Equal(1 + 3 + 1, choice.Count()));
        Assert.All(choices, choice => Assert.Equal("stop", choice.Last().GetProperty("finish_reason").GetString()));
    }

    public static TheoryData<string> Spellings =>
    [
        """{"lineEnding":"crlf"}""", """{"lineEnding":"cr"}""", """{"bom":true}""", """{"comments":true}""", """{"multiLineData":true}""",
        """{"noSpaceAfterColon":true}""", """{"splitBytes":true,"outputTokens":3}""", """{"bigEventBytes":200000}""",
        """{"lineEnding":"cr","bom":true,"comments":true,"multiLineData":true,"noSpaceAfterColon":true}""",
    ];

    [Theory]
    [MemberData(nameof(Spellings))]
    public async Task However_it_is_spelled_a_reader_of_the_standard_sees_the_same_answer(string json)
    {
        var script = ScriptReader.ReadHeader(json);
        await using var simulator = await StartAsync(script with
        {
            LineEnding = LineEnding.Lf,
            Bom = false,
            Comments = false,
            MultiLineData = false,
            NoSpaceAfterColon = false,
            BigEventBytes = 0,
        });
        var plain = Text(await simulator.StreamAsync(Chat(stream: true)));
        simulator.Handle.Script.Default = script;

        var (text, _) = await simulator.ReadAsync(Chat(stream: true));

        var items = SseParser.Create(new MemoryStream(Encoding.UTF8.GetBytes(text))).Enumerate().Select(item => item.Data).ToList();
        Assert.Equal("[DONE]", items[^1]);
        Assert.Equal(plain, Text([.. items.SkipLast(1).Select(data => JsonDocument.Parse(data).RootElement)]));
        Assert.Equal(script.Bom, text[0] == '\uFEFF');
        Assert.Equal(script.Comments, text.Contains(": keep-alive", StringComparison.Ordinal));
        Assert.Equal(script.LineEnding != LineEnding.Lf, text.Contains('\r', StringComparison.Ordinal));
        Assert.True(text.Length > script.BigEventBytes);
    }

    [Theory]
    [InlineData("""{"omitDone":true}""", "}\n\n", false)]
    [InlineData("""{"omitLastBlankLine":true}""", "data: [DONE]\n", true)]
    [InlineData("""{"omitDone":true,"omitLastBlankLine":true}""", "}}\n", false)]
    public async Task The_end_may_be_missing(string script, string end, bool done)
    {
        await using var simulator = await StartAsync(ScriptReader.ReadHeader(script));

        var (text, broken) = await simulator.ReadAsync(Chat(stream: true));

        Assert.Null(broken);
        Assert.EndsWith(end, text, StringComparison.Ordinal);
        Assert.Equal(done, text.Contains("[DONE]", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Either_form_can_be_sent_for_the_other()
    {
        await using var simulator = await StartAsync();

        simulator.Handle.Script.Next(new SimulatorScript { SseForJson = true });
        using var stream = await simulator.PostAsync(Chat());
        Assert.Equal("text/event-stream", stream.Content.Headers.ContentType?.MediaType);
        Assert.True(Events(await stream.Content.ReadAsStringAsync(Cancel))[^1].GetProperty("usage").GetProperty("total_tokens").GetInt32() > 0);

        simulator.Handle.Script.Next(new SimulatorScript { JsonForSse = true });
        using var json = await simulator.PostAsync(Chat(stream: true));
        Assert.Equal("application/json", json.Content.Headers.ContentType?.MediaType);
    }

    internal static JsonElement Delta(JsonElement chunk) => chunk.GetProperty("choices")[0].GetProperty("delta");

    internal static string Text(List<JsonElement> events) => string.Concat(events
        .Where(one => one.GetProperty("choices").GetArrayLength() > 0)
        .Select(one => Delta(one).TryGetProperty("content", out var content) ? content.GetString() : ""));
}
