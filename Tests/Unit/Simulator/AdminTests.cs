using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using OrleansGateway.Simulator;
using static OrleansGateway.Tests.Unit.Simulator.RunningSimulator;

namespace OrleansGateway.Tests.Unit.Simulator;

public sealed class AdminTests
{
    [Fact]
    public async Task The_header_wins_over_the_body_the_body_over_the_queue_and_the_queue_over_the_default()
    {
        await using var simulator = await StartAsync();
        await SendAsync(simulator, HttpMethod.Put, "__sim/script", """{"status":500}""");
        await SendAsync(simulator, HttpMethod.Post, "__sim/script/next", """[{"script":{"status":501},"count":2},{"script":{"status":502},"model":"nobody"}]""");
        var scripted = Chat();
        scripted["x_sim"] = new JsonObject { ["status"] = 402 };

        Assert.Equal(402, await StatusAsync(simulator, scripted));
        simulator.Client.DefaultRequestHeaders.Add("x-sim", """{"status":403}""");
        Assert.Equal(403, await StatusAsync(simulator, scripted));
        simulator.Client.DefaultRequestHeaders.Remove("x-sim");
        foreach (var status in (int[])[501, 501, 500])
        {
            Assert.Equal(status, await StatusAsync(simulator, Chat()));
        }

        Assert.Equal(1, simulator.Handle.Script.Queued);

        await SendAsync(simulator, HttpMethod.Delete, "__sim/script");
        Assert.Equal(200, await StatusAsync(simulator, Chat()));
    }

    [Theory]
    [InlineData("""{"sttaus":500}""")]
    [InlineData("""{"status":99}""")]
    [InlineData("""{"latencyMs":-1}""")]
    [InlineData("""{"usage":"wrong"}""")]
    [InlineData("""{"usage":3}""")]
    [InlineData("""null""")]
    [InlineData("""{""")]
    public async Task A_script_that_makes_no_sense_is_refused(string script)
    {
        await using var simulator = await StartAsync();

        using var response = await SendAsync(simulator, HttpMethod.Put, "__sim/script", script);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        simulator.Client.DefaultRequestHeaders.Add("x-sim", script);
        Assert.Equal("invalid_script", (await simulator.AskAsync(Chat())).GetProperty("error").GetProperty("code").GetString());
        Assert.Same(SimulatorScript.Plain, simulator.Handle.Script.Default);
    }

    [Fact]
    public async Task Bill_calls_and_gates_can_be_read_and_no_key_with_them()
    {
        await using var simulator = await StartAsync(configure: options => options.KeepRequests = true);
        await simulator.AskAsync(Chat());
        await SendAsync(simulator, HttpMethod.Post, "__sim/gates/g/open");

        var bill = await GetAsync(simulator, "__sim/bill");
        var calls = await simulator.Client.GetStringAsync(new Uri("__sim/calls", UriKind.Relative), Cancel);
        var gate = await GetAsync(simulator, "__sim/gates/g");

        Assert.Equal(
            ["seq", "id", "at", "path", "model", "inputTokens", "cachedInputTokens", "outputTokens", "reasoningTokens", "requestId", "user", "status", "completed"],
            bill.GetProperty("calls")[0].EnumerateObject().Select(field => field.Name));
        Assert.Equal(1, bill.GetProperty("totals").GetProperty("gpt-4.1").GetProperty("calls").GetInt32());
        Assert.Contains("\"authorization\":\"Bearer\"", calls, StringComparison.Ordinal);
        Assert.DoesNotContain("sk-secret", calls, StringComparison.Ordinal);
        Assert.True(gate.GetProperty("open").GetBoolean());
        Assert.Equal("Bearer ***", simulator.Handle.Calls.All()[0].Headers!["Authorization"]);
        Assert.Equal(Chat().ToJsonString(), Encoding.UTF8.GetString(simulator.Handle.Calls.All()[0].Body!.Value.Span));

        await SendAsync(simulator, HttpMethod.Delete, "__sim/bill");
        Assert.Empty(simulator.Billed);
    }

    [Theory]
    [InlineData(null, null, 401)]
    [InlineData(null, "Basic abc", 401)]
    [InlineData(null, "Bearer x", 200)]
    [InlineData("right", "Bearer x", 401)]
    [InlineData("right", "Bearer right", 200)]
    public async Task A_key_is_needed(string? apiKey, string? header, int status)
    {
        await using var simulator = await StartAsync(configure: options => options.ApiKey = apiKey);
        simulator.Client.DefaultRequestHeaders.Authorization = header is null ? null : AuthenticationHeaderValue.Parse(header);

        Assert.Equal(status, await StatusAsync(simulator, Chat()));
        using var models = await simulator.Client.GetAsync(new Uri("v1/models", UriKind.Relative), Cancel);
        Assert.Equal(status, (int)models.StatusCode);
    }

    [Fact]
    public async Task Models_health_and_unknown_addresses_answer_as_OpenAI_does()
    {
        await using var simulator = await StartAsync();

        Assert.Contains("gpt-4.1", (await GetAsync(simulator, "v1/models")).GetProperty("data").EnumerateArray().Select(model => model.GetProperty("id").GetString()));
        Assert.Equal("model", (await GetAsync(simulator, "v1/models/gpt-4.1")).GetProperty("object").GetString());
        Assert.Equal("model_not_found", (await GetAsync(simulator, "v1/models/nope")).GetProperty("error").GetProperty("code").GetString());
        Assert.Equal("unknown_url", (await GetAsync(simulator, "v1/nope.php")).GetProperty("error").GetProperty("code").GetString());
        Assert.Equal("healthy", (await GetAsync(simulator, "health")).GetProperty("status").GetString());
        Assert.Matches("^http://127\\.0\\.0\\.1:\\d+/v1$", simulator.Handle.BaseAddress.ToString());
    }

    [Fact]
    public void The_program_lists_every_fault_of_its_settings()
    {
        var options = SimulatorConfiguration.Read(["--urls", "http://localhost:0", "--api-key", "k", "--models=a, b", "--script", """{"latencyMs":5}"""]);
        Assert.Equal(("k", 5), (options.ApiKey, options.Script.LatencyMs));
        Assert.Equal(["a", "b"], options.Models);

        var wrong = Assert.Throws<SimulatorConfigurationException>(() => SimulatorConfiguration.Read(["--urls=ftp://x", "--nope", "1", "--script={\"x\":1}"]));
        Assert.Contains("ftp://x", wrong.Message, StringComparison.Ordinal);
        Assert.Contains("--nope", wrong.Message, StringComparison.Ordinal);
        Assert.Contains("Script", wrong.Message, StringComparison.Ordinal);
    }

    private static async Task<int> StatusAsync(RunningSimulator simulator, JsonObject body)
    {
        using var response = await simulator.PostAsync(body);
        return (int)response.StatusCode;
    }

    private static async Task<JsonElement> GetAsync(RunningSimulator simulator, string path)
    {
        using var response = await simulator.Client.GetAsync(new Uri(path, UriKind.Relative), Cancel);
        return JsonDocument.Parse(await response.Content.ReadAsStringAsync(Cancel)).RootElement;
    }

    private static Task<HttpResponseMessage> SendAsync(RunningSimulator simulator, HttpMethod method, string path, string? body = null) =>
        simulator.Client.SendAsync(new HttpRequestMessage(method, path) { Content = body is null ? null : new StringContent(body) }, Cancel);
}
