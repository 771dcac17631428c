using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.Json;
using OrleansGateway.Simulator;
using static OrleansGateway.Tests.Unit.Simulator.RunningSimulator;

namespace OrleansGateway.Tests.Unit.Simulator;

public sealed class FaultTests
{
    [Fact]
    public async Task A_scripted_status_comes_with_an_error_body_and_the_header_as_written()
    {
        await using var simulator = await StartAsync(new SimulatorScript { Status = 429, RetryAfter = "-5", ErrorCode = "slow_down" });

        using var response = await simulator.PostAsync(Chat());

        Assert.Equal(HttpStatusCode.TooManyRequests, response.StatusCode);
        Assert.Equal("-5", response.Headers.NonValidated["Retry-After"].ToString());
        var error = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Cancel)).RootElement.GetProperty("error");
        Assert.Equal(["message", "type", "param", "code"], error.EnumerateObject().Select(field => field.Name));
        Assert.Equal("slow_down", error.GetProperty("code").GetString());
        Assert.Empty(simulator.Billed);
    }

    [Theory]
    [InlineData("""{"status":502,"rawBody":"<h1>no</h1>","contentType":"text/html"}""", 502, "text/html", "<h1>no</h1>")]
    [InlineData("""{"htmlWith200":true}""", 200, "text/html", "Bad gateway")]
    [InlineData("""{"errorIn200":true}""", 200, "application/json", "server_error")]
    [InlineData("""{"redirectTo":"http://127.0.0.1:1/"}""", 307, "application/json", "error")]
    public async Task An_answer_may_be_none(string script, int status, string contentType, string part)
    {
        await using var simulator = await StartAsync(ScriptReader.ReadHeader(script));

        using var response = await simulator.PostAsync(Chat());

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(contentType, response.Content.Headers.ContentType?.MediaType);
        Assert.Contains(part, await response.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        Assert.Empty(simulator.Billed);
    }

    [Fact]
    public async Task The_connection_may_close_before_any_header()
    {
        await using var simulator = await StartAsync(new SimulatorScript { CloseBeforeHeaders = true });

        await Assert.ThrowsAsync<HttpRequestException>(() => simulator.PostAsync(Chat()));

        await simulator.Handle.Calls.WaitForEndedAsync(1, Cancel);
        Assert.Equal(0, simulator.Handle.Calls.All()[0].Status);
        Assert.Empty(simulator.Billed);
    }

    [Theory]
    [InlineData(false, 0)]
    [InlineData(false, 100)]
    [InlineData(true, 100)]
    [InlineData(true, 1000)]
    public async Task A_body_is_cut_after_exactly_so_many_bytes(bool stream, int bytes)
    {
        await using var simulator = await StartAsync(new SimulatorScript { CutAfterBytes = bytes });

        var (text, broken) = await simulator.ReadAsync(Chat(stream: stream));

        Assert.NotNull(broken);
        Assert.Equal(bytes, text.Length);
        Assert.False(Assert.Single(simulator.Billed).Completed);
    }

    [Fact]
    public async Task A_stream_may_break_the_transfer_coding()
    {
        await using var simulator = await StartAsync(new SimulatorScript { BadChunkFraming = true });

        Assert.NotNull((await simulator.ReadAsync(Chat(stream: true))).Broken);
        Assert.NotNull((await simulator.ReadAsync(Chat())).Broken);
    }

    [Fact]
    public async Task Half_a_JSON_without_framing_ends_without_an_error()
    {
        await using var simulator = await StartAsync(new SimulatorScript { TruncatedJson = true });

        var (text, broken) = await simulator.ReadAsync(Chat());

        Assert.Null(broken);
        Assert.StartsWith("{\"id\"", text, StringComparison.Ordinal);
        Assert.ThrowsAny<JsonException>(() => JsonDocument.Parse(text));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Text_may_hold_bytes_that_are_not_UTF8(bool stream)
    {
        await using var simulator = await StartAsync(new SimulatorScript { InvalidUtf8 = true });

        using var response = await simulator.PostAsync(Chat(stream: stream));
        var bytes = await response.Content.ReadAsByteArrayAsync(Cancel);

        Assert.Throws<DecoderFallbackException>(() => new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes));
    }

    [Fact]
    public async Task A_small_gzipped_body_unpacks_to_a_big_one()
    {
        await using var simulator = await StartAsync(new SimulatorScript { GzipBombBytes = 5_000_000 });

        using var response = await simulator.PostAsync(Chat());
        var packed = await response.Content.ReadAsByteArrayAsync(Cancel);
        await using var gzip = new GZipStream(new MemoryStream(packed), CompressionMode.Decompress);
        using var unpacked = new MemoryStream();
        await gzip.CopyToAsync(unpacked, Cancel);

        Assert.Equal("gzip", Assert.Single(response.Content.Headers.ContentEncoding));
        Assert.InRange(packed.Length, 1, 50_000);
        Assert.Equal(5_000_000, unpacked.Length);
    }

    [Fact]
    public async Task A_header_may_be_big()
    {
        await using var simulator = await StartAsync(new SimulatorScript { BigHeaderBytes = 20_000 });

        using var response = await simulator.PostAsync(Chat());

        Assert.Equal(20_000, response.Headers.GetValues("x-padding").Single().Length);
    }

    [Fact]
    public async Task One_chunk_may_be_malformed()
    {
        await using var simulator = await StartAsync(new SimulatorScript { MalformedChunkAt = 2 });

        var events = (await simulator.ReadAsync(Chat(stream: true))).Text.Split("\n\n");

        JsonDocument.Parse(events[1]["data: ".Length..]).Dispose();
        Assert.ThrowsAny<JsonException>(() => JsonDocument.Parse(events[2]["data: ".Length..]));
        JsonDocument.Parse(events[3]["data: ".Length..]).Dispose();
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(3, 2)]
    public async Task An_error_event_ends_a_stream_and_is_free_before_the_first_token(int at, int billed)
    {
        await using var simulator = await StartAsync(new SimulatorScript { ErrorEventAt = at, Status = null, ErrorType = "overloaded_error" });

        var (text, broken) = await simulator.ReadAsync(Chat(stream: true));

        Assert.Null(broken);
        var events = Events(text);
        Assert.Equal(at + 1, events.Count);
        Assert.Equal("overloaded_error", events[^1].GetProperty("error").GetProperty("type").GetString());
        Assert.DoesNotContain("[DONE]", text, StringComparison.Ordinal);
        Assert.Equal(billed, simulator.Billed.Sum(call => call.OutputTokens));
        Assert.Equal(at > 0, simulator.Billed.Count == 1);
    }

    [Theory]
    [InlineData(UsageShape.Negative, "completion_tokens", "-10")]
    [InlineData(UsageShape.Fractional, "completion_tokens", "10.5")]
    [InlineData(UsageShape.Huge, "completion_tokens", "9000000000")]
    [InlineData(UsageShape.AboveCap, "completion_tokens", "1050")]
    [InlineData(UsageShape.WrongSum, "total_tokens", "28")]
    [InlineData(UsageShape.InputOutputSpelling, "output_tokens", "10")]
    [InlineData(UsageShape.Twice, "completion_tokens", "10")]
    [InlineData(UsageShape.Cumulative, "completion_tokens", "10")]
    public async Task Usage_may_lie_but_the_bill_does_not(UsageShape shape, string field, string value)
    {
        await using var simulator = await StartAsync(new SimulatorScript { Usage = shape, OutputTokens = 10 });
        var (json, stream) = (Chat(), Chat(stream: true));
        (json["max_tokens"], stream["max_tokens"]) = (50, 50);

        var whole = await simulator.AskAsync(json);
        var events = await simulator.StreamAsync(stream);

        Assert.Equal(value, whole.GetProperty("usage").GetProperty(field).GetRawText());
        Assert.Equal(value, events[^1].GetProperty("usage").GetProperty(field).GetRawText());
        Assert.All(simulator.Billed, call => Assert.Equal(10, call.OutputTokens));
        if (shape is UsageShape.Twice or UsageShape.Cumulative)
        {
            Assert.True(events[^2].GetProperty("usage").GetProperty(field).GetInt32() <= 10);
        }
    }

    [Fact]
    public async Task Usage_may_be_missing()
    {
        await using var simulator = await StartAsync(new SimulatorScript { Usage = UsageShape.Missing });

        Assert.False((await simulator.AskAsync(Chat())).TryGetProperty("usage", out _));
        Assert.All(await simulator.StreamAsync(Chat(stream: true)), one => Assert.False(one.TryGetProperty("usage", out _)));
    }
}
