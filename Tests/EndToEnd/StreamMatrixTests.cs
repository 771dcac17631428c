using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Time.Testing;
using OrleansGateway.Simulator;
using OrleansGateway.Soak;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.EndToEnd;

/// <summary>
/// Every way in which an event stream can be odd, break or lose its reader, on each API that streams: what the caller gets, what is charged, and
/// that ledger, bill and caller agree.
/// </summary>
public sealed partial class StreamMatrixTests(StormGateway shared) : IClassFixture<StormGateway>
{
    private const string Model = "gpt-4.1";

    private TestGateway Gateway => shared.Gateway;

    private static readonly string[] Odd =
    [
        """{"comments":true}""", """{"lineEnding":"crlf"}""", """{"lineEnding":"cr"}""", """{"bom":true}""", """{"multiLineData":true}""", """{"noSpaceAfterColon":true}""",
        """{"splitBytes":true,"outputTokens":6}""",
        """{"splitBytes":true,"bom":true,"comments":true,"multiLineData":true,"noSpaceAfterColon":true,"lineEnding":"crlf","outputTokens":5}""",
        """{"bigEventBytes":900000}""",
    ];

    public static TheoryData<string, string> OddButLegal => Each(Odd);

    public static TheoryData<string> OddForTheShortForm => [.. Odd, """{"multiLineData":true,"lineEnding":"cr","bom":true}"""];

    [Theory]
    [MemberData(nameof(OddButLegal))]
    public async Task An_odd_but_legal_stream_reaches_the_caller_byte_for_byte(string route, string script)
    {
        var calls = await StreamCalls.OpenAmongOthersAsync(Gateway);
        var body = Body(route, script);

        var heard = await calls.PlaceAsync(Plan(route, script), body);

        Assert.Equal((200, false), (heard.Status, heard.Cut));
        Assert.Equal(Same(await AskSimulatorAsync(route, body)), Same(heard.Text));
        Assert.Equal(("posted", "ok", false), Only(await calls.LedgerAsync(1)));
    }

    [Theory]
    [MemberData(nameof(OddForTheShortForm))]
    public async Task The_short_form_of_an_odd_but_legal_stream_has_its_whole_text(string script)
    {
        var calls = await StreamCalls.OpenAmongOthersAsync(Gateway);
        var odd = ScriptReader.ReadHeader(script);

        var plain = await TextOfAsync(new SimulatorScript { OutputTokens = odd.OutputTokens, BigEventBytes = odd.BigEventBytes });

        Assert.NotEmpty(plain);
        Assert.Equal(plain, await TextOfAsync(odd));
        Assert.All(await calls.LedgerAsync(2), l => Assert.Equal(("posted", "ok", false), (l.Kind, l.Outcome, l.Estimated)));

        async Task<string> TextOfAsync(SimulatorScript how)
        {
            Gateway.Simulator.Script.Next(how);
            var plan = Plan(CallPlan.ShortChat, null);
            var heard = await calls.PlaceAsync(plan);
            Assert.True((heard.Status, heard.Cut) == (200, false) && plan.IsWhole(heard.Text), heard.Text);
            var texts = heard.Text
                .Split("\n\n", StringSplitOptions.RemoveEmptyEntries)
                .SkipLast(1)
                .Select(e => JsonNode.Parse(e["data: ".Length..])!["content"]!.GetValue<string>())
                .ToList();
            Assert.Equal(texts[^1], string.Concat(texts.SkipLast(1)));
            return texts[^1];
        }
    }

    public static TheoryData<string, string, string, string, bool> Breaking
    {
        get
        {
            var rows = new TheoryData<string, string, string, string, bool>();
            foreach (var route in StreamCalls.Routes)
            {
                // A response tells its usage only in the event that is missing.
                rows.Add(route, """{"omitDone":true}""", "truncated", "upstream_error", route == CallPlan.Responses);
                rows.Add(route, """{"omitLastBlankLine":true}""", "truncated", "upstream_error", route == CallPlan.Responses);
                rows.Add(route, """{"outputTokens":30,"cleanEndAfterChunks":9}""", "truncated", "upstream_error", true);
                rows.Add(route, """{"outputTokens":30,"cutAfterChunks":9}""", "interrupted", "upstream_error", true);
                rows.Add(route, """{"outputTokens":30,"bigEventBytes":1200000}""", "stream_bad", "upstream_invalid_response", true);
                rows.Add(route, """{"outputTokens":30,"malformedChunkAt":8}""", "stream_bad", "upstream_invalid_response", true);
                rows.Add(route, """{"outputTokens":30,"invalidUtf8":true}""", "stream_bad", "upstream_invalid_response", true);
                rows.Add(route, """{"outputTokens":30,"errorEventAt":9}""", "stream_error", "upstream_error", true);
            }
            foreach (var route in new[] { CallPlan.Chat, CallPlan.Messages })
                rows.Add(route, """{"outputTokens":30,"errorEventAt":9,"usageInError":true,"billAnyway":true}""", "stream_error", "upstream_error", false);
            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(Breaking))]
    public async Task A_stream_that_breaks_ends_with_an_error_event_and_a_cut_and_is_charged(string route, string script, string word, string code, bool estimated)
    {
        var calls = await StreamCalls.OpenAmongOthersAsync(Gateway);

        var heard = await calls.PlaceAsync(Plan(route, script));

        Assert.Equal((200, true, code), (heard.Status, heard.Cut, heard.ErrorInLastEvent));
        Assert.False(Plan(route, script).IsWhole(heard.Text));
        Assert.Equal(("posted", word, estimated), Only(await calls.LedgerAsync(1)));
    }

    [Theory]
    [InlineData(CallPlan.Chat)]
    [InlineData(CallPlan.Responses)]
    [InlineData(CallPlan.Messages)]
    public async Task An_error_event_before_the_first_of_a_stream_is_tried_again_on_a_new_hold(string route)
    {
        var calls = await StreamCalls.OpenAmongOthersAsync(Gateway);
        Gateway.Simulator.Script.Next(new SimulatorScript { ErrorEventAt = 0 });

        var heard = await calls.PlaceAsync(Plan(route, null));

        Assert.Equal((200, false, "2"), (heard.Status, heard.Cut, heard.Attempts));
        Assert.Equal([("suspense", "stream_error"), ("posted", "ok")], (await calls.LedgerAsync(2)).OrderBy(l => l.Seq).Select(l => (l.Kind, l.Outcome)));
    }

    public static TheoryData<string, string> OddUsage => Each(
        """{"usage":"twice"}""", """{"usage":"cumulative","chunkDelayMs":1}""", """{"usage":"inputOutputSpelling"}""", """{"cachedTokens":4}""");

    [Theory]
    [MemberData(nameof(OddUsage))]
    public async Task The_last_usage_in_whichever_spelling_is_charged(string route, string script)
    {
        var calls = await StreamCalls.OpenAmongOthersAsync(Gateway);
        var heard = await calls.PlaceAsync(Plan(route, script));
        Assert.True(Plan(route, script).IsWhole(heard.Text), heard.Text);
        Assert.Equal(("posted", "ok", false), Only(await calls.LedgerAsync(1)));
    }

    [Theory]
    [InlineData(CallPlan.Chat)]
    [InlineData(CallPlan.Responses)]
    [InlineData(CallPlan.Messages)]
    public async Task Whoever_asked_for_one_form_gets_it_though_the_upstream_sends_the_other(string route)
    {
        var calls = await StreamCalls.OpenAmongOthersAsync(Gateway);

        var whole = await calls.PlaceAsync(Plan(route, """{"sseForJson":true}""") with { Stream = false });
        var streamed = await calls.PlaceAsync(Plan(route, """{"jsonForSse":true}"""));

        Assert.Equal((200, false), (whole.Status, whole.Cut));
        Assert.Contains("Sure", whole.Text, StringComparison.Ordinal);
        Assert.Equal(JsonValueKind.Object, JsonDocument.Parse(whole.Text).RootElement.GetProperty("usage").ValueKind);
        Assert.True(Plan(route, null).IsWhole(streamed.Text), streamed.Text);
        Assert.All(await calls.LedgerAsync(2), l => Assert.Equal(("posted", "ok", false), (l.Kind, l.Outcome, l.Estimated)));
    }

    [Theory]
    [InlineData(CallPlan.Chat)]
    [InlineData(CallPlan.Responses)]
    [InlineData(CallPlan.Messages)]
    public async Task The_first_event_is_there_while_the_upstream_still_waits_and_a_caller_who_goes_then_pays_what_the_upstream_produced(string route)
    {
        var gate = $"first-{route}";
        var calls = await StreamCalls.OpenAsync(Gateway, """{"budgets":[{"window":"total","limitUsd":5}],"limits":{"concurrentRequests":1}}""");
        await calls.LeaveAsync(Plan(route, $$"""{"outputTokens":20,"gate":"{{gate}}","gateAfterChunks":1,"chunkDelayMs":2}"""), async first =>
        {
            Assert.NotEmpty(first);
            await Gateway.Simulator.Gates.WaitForWaitersAsync(gate, 1);
        });
        Gateway.Simulator.Gates.Open(gate);
        Assert.Equal(("posted", "client_gone", false), Only(await calls.LedgerAsync(1)));
    }

    [Theory]
    [InlineData(CallPlan.Chat)]
    [InlineData(CallPlan.Responses)]
    [InlineData(CallPlan.Messages)]
    public async Task A_caller_who_goes_while_a_whole_answer_is_made_pays_for_it(string route)
    {
        var gate = $"whole-{route}";
        var calls = await StreamCalls.OpenAmongOthersAsync(Gateway);
        await calls.LeaveAsync(
            Plan(route, $$"""{"gate":"{{gate}}"}""") with { Stream = false },
            _ => Task.CompletedTask,
            () => Gateway.Simulator.Gates.WaitForWaitersAsync(gate, 1));
        Gateway.Simulator.Gates.Open(gate);
        Assert.Equal(("posted", "ok", false), Only(await calls.LedgerAsync(1)));
    }

    [Theory]
    [InlineData(CallPlan.Chat)]
    [InlineData(CallPlan.Responses)]
    [InlineData(CallPlan.Messages)]
    public async Task A_stream_that_falls_silent_is_broken_off(string route)
    {
        await using var gateway = await TestGateway.StartAsync(new Dictionary<string, string?>
        {
            ["Gateway:Providers:holysheep:BaseAddress"] = TestGateway.SimulatorAddress,
            ["Gateway:Providers:holysheep:ApiKey"] = "upstream-key",
            ["Gateway:Providers:holysheep:IdleTimeout"] = "00:00:02",
        });
        var calls = await StreamCalls.OpenAsync(gateway);

        var heard = await calls.PlaceAsync(Plan(route, """{"outputTokens":30,"hangAfterChunks":8}"""));

        Assert.Equal((200, true, "upstream_timeout"), (heard.Status, heard.Cut, heard.ErrorInLastEvent));
        Assert.Equal(("posted", "idle_timeout", true), Only(await calls.LedgerAsync(1)));
    }

    [Fact]
    public async Task A_caller_who_does_not_read_is_cut_off_and_pays_what_the_upstream_produced()
    {
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var gateway = await TestGateway.StartAsync(new Dictionary<string, string?>
        {
            ["Gateway:Catalog:Models:gpt-4.1:ContextTokens"] = "1000000",
            ["Gateway:Catalog:Models:gpt-4.1:MaxOutputTokens"] = "100000",
            ["Gateway:Catalog:Models:gpt-4.1:Prices:0:EffectiveFrom"] = "2026-01-01",
            ["Gateway:Catalog:Models:gpt-4.1:Prices:0:Input"] = "2",
            ["Gateway:Catalog:Models:gpt-4.1:Prices:0:CachedInput"] = "0.5",
            ["Gateway:Catalog:Models:gpt-4.1:Prices:0:Output"] = "8",
        }, clock);
        var caller = await gateway.OpenTenantAsync("""{"budgets":[{"window":"total","limitUsd":50}]}""");
        var calls = new StreamCalls(gateway, caller);
        var body = (Plan(CallPlan.Chat, """{"outputTokens":60000}""") with { MaxTokens = 100_000 }).Body();

        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
        await socket.ConnectAsync(gateway.Address.Host, gateway.Address.Port);
        await socket.SendAsync(Encoding.UTF8.GetBytes(
            $"POST {CallPlan.Chat} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {caller.Key}\r\n"
            + $"Content-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}"));
        Assert.NotEqual(0, await socket.ReceiveAsync(new byte[64]));

        // Thirty seconds of nobody reading, and then the upstream's end.
        await Eventually.BecomesAsync(
            () =>
            {
                clock.Advance(TimeSpan.FromSeconds(1));
                return Task.FromResult(gateway.Simulator.Calls.All().Count(c => c.Status is not null));
            }, ended => ended == 1, TimeSpan.FromSeconds(50), "The end of the upstream's answer");

        Assert.Equal(("posted", "client_gone", false), Only(await calls.LedgerAsync(1)));
        Assert.Equal(60_000, Assert.Single(gateway.Simulator.Bill.Snapshot().Calls).OutputTokens);
    }

    private static TheoryData<string, string> Each(params string[] scripts)
    {
        var rows = new TheoryData<string, string>();
        foreach (var route in StreamCalls.Routes)
            foreach (var script in scripts) rows.Add(route, script);
        return rows;
    }

    private static CallPlan Plan(string route, string? script) => new(1, route, Model, true, 64, script, false);

    // Without the caller's own wish for usage, so that not one byte of what it gets is the gateway's.
    private static string Body(string route, string script) => Plan(route, script).Body().Replace(",\"stream_options\":{\"include_usage\":true}", "", StringComparison.Ordinal);

    /// <summary>What the simulator itself says, but for the usage that the gateway asks for by itself.</summary>
    private async Task<string> AskSimulatorAsync(string route, string body)
    {
        if (route == CallPlan.Chat) body = body[..^1] + ",\"stream_options\":{\"include_usage\":true}}";
        using var http = PlainClient.Create();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Gateway.Simulator.BaseAddress, route))
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", "any");
        using var response = await http.SendAsync(request);
        var text = Encoding.UTF8.GetString(await response.Content.ReadAsByteArrayAsync()); // a string would lose its byte order mark
        return route != CallPlan.Chat ? text : string.Concat(EventEnd().Split(text).Where(e => !e.Contains("\"prompt_tokens\"", StringComparison.Ordinal)));
    }

    private static string Same(string text) => Varying().Replace(text, "$1…");

    private static (string Kind, string Outcome, bool Estimated) Only(IReadOnlyList<LedgerLine> ledger)
    {
        var line = Assert.Single(ledger);
        return (line.Kind, line.Outcome, line.Estimated);
    }

    // After each blank line, in whichever line ends.
    [GeneratedRegex(@"(?<=\r\n\r\n)|(?<=\n\n)|(?<=\r\r)")]
    private static partial Regex EventEnd();

    [GeneratedRegex(@"((?:chatcmpl-|resp_|msg_)sim|""created(?:_at)?"": ?)\d+")]
    private static partial Regex Varying();
}
