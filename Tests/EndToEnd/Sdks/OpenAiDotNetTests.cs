using System.ClientModel;
using System.ClientModel.Primitives;
using System.Globalization;
using System.Text.Json;
using OpenAI;
using OpenAI.Chat;
using OrleansGateway.Simulator;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.EndToEnd.Sdks;

/// <summary>OpenAI's own client for .NET, pointed at the gateway and otherwise used as its documentation says.</summary>
[Collection(nameof(SdkGateway))]
public sealed class OpenAiDotNetTests(SharedGateway shared)
{
    private const string Model = "gpt-4.1";
    private const string EmbeddingModel = "text-embedding-3-small";

    // What the SDK does unless told otherwise.
    private const int DefaultRetries = 3;

    private static readonly ChatMessage[] Question = [new UserChatMessage("Tell me about the weather")];

    private TestGateway Gateway => shared.Gateway;

    private SimulatorHandle Simulator => shared.Gateway.Simulator;

    [Fact]
    public async Task A_chat_answer_is_whole_and_posted_with_the_cost_it_names()
    {
        var (caller, books) = await OpenAsync();

        var result = await Client(caller).GetChatClient(Model).CompleteChatAsync(Question, new ChatCompletionOptions { MaxOutputTokenCount = 12 });

        ChatCompletion answer = result;
        Assert.StartsWith("Sure", answer.Content[0].Text, StringComparison.Ordinal);
        Assert.Equal((ChatFinishReason.Length, 12), (answer.FinishReason, answer.Usage.OutputTokenCount));
        var entry = Assert.Single(await books.AssertPostedAsync(1));
        Assert.Equal(answer.Usage.InputTokenCount, entry.GetProperty("inputTokens").GetInt32());
        Assert.True(result.GetRawResponse().Headers.TryGetValue("x-gateway-cost-usd", out var cost));
        Assert.Equal(decimal.Parse(cost!, CultureInfo.InvariantCulture), entry.GetProperty("costUsd").GetDecimal());
    }

    [Fact]
    public async Task A_stream_ends_with_its_usage_and_cost()
    {
        var (caller, books) = await OpenAsync();
        var tries = new Tries();

        var (text, usage) = await StreamAsync(Client(caller, tries));

        Assert.True((bool)Assert.Single(tries.Sent)["stream_options"]!["include_usage"]!);
        Assert.StartsWith("Sure", text, StringComparison.Ordinal);
        Assert.NotNull(usage);
        var entry = Assert.Single(await books.AssertPostedAsync(1));
        Assert.Equal(usage.OutputTokenCount, entry.GetProperty("outputTokens").GetInt32());
        var cost = JsonDocument.Parse(ModelReaderWriter.Write(usage)).RootElement.GetProperty("cost_usd");
        Assert.Equal(entry.GetProperty("costUsd").GetDecimal(), cost.GetDecimal());
    }

    [Fact]
    public async Task A_stream_that_did_not_ask_for_its_usage_gets_none_and_is_posted_all_the_same()
    {
        var (caller, books) = await OpenAsync();

        var (text, usage) = await StreamAsync(Client(caller, new Tries { WithoutStreamOptions = true }));

        Assert.StartsWith("Sure", text, StringComparison.Ordinal);
        Assert.Null(usage);
        await books.AssertPostedAsync(1);
    }

    [Fact]
    public async Task A_tool_is_called_and_its_result_taken()
    {
        var (caller, books) = await OpenAsync();
        var chat = Client(caller).GetChatClient(Model);
        var tool = ChatTool.CreateFunctionTool("get_weather", "The weather in a city", BinaryData.FromString(
            """{"type":"object","properties":{"city":{"type":"string"}},"required":["city"],"additionalProperties":false}"""));
        var options = new ChatCompletionOptions { Tools = { tool } };

        ChatCompletion asks = await chat.CompleteChatAsync(Question, options);
        var call = Assert.Single(asks.ToolCalls);
        ChatCompletion answer = await chat.CompleteChatAsync([.. Question, new AssistantChatMessage(asks), new ToolChatMessage(call.Id, "sunny")], options);

        Assert.Equal((ChatFinishReason.ToolCalls, "get_weather"), (asks.FinishReason, call.FunctionName));
        Assert.Equal(JsonValueKind.String, JsonDocument.Parse(call.FunctionArguments).RootElement.GetProperty("city").ValueKind);
        Assert.Equal(ChatFinishReason.Stop, answer.FinishReason);
        Assert.NotEmpty(answer.Content[0].Text);
        await books.AssertPostedAsync(2);
    }

    [Fact]
    public async Task A_streamed_tool_call_arrives_in_parts_that_make_its_arguments()
    {
        var (caller, books) = await OpenAsync();
        var tool = ChatTool.CreateFunctionTool("get_weather", "The weather in a city", BinaryData.FromString(
            """{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}"""));

        var (name, arguments, reason) = ("", "", default(ChatFinishReason?));
        await foreach (var update in Client(caller).GetChatClient(Model).CompleteChatStreamingAsync(Question, new ChatCompletionOptions { Tools = { tool } }))
        {
            reason = update.FinishReason ?? reason;
            foreach (var part in update.ToolCallUpdates) (name, arguments) = (name + part.FunctionName, arguments + part.FunctionArgumentsUpdate);
        }

        Assert.Equal(("get_weather", ChatFinishReason.ToolCalls), (name, reason));
        Assert.Equal(JsonValueKind.String, JsonDocument.Parse(arguments).RootElement.GetProperty("city").ValueKind);
        await books.AssertPostedAsync(1);
    }

    [Fact]
    public async Task A_JSON_schema_reaches_the_upstream_and_its_answer_comes_back()
    {
        var (caller, books) = await OpenAsync();
        var format = ChatResponseFormat.CreateJsonSchemaFormat(
            "report",
            BinaryData.FromString(
                """{"type":"object","properties":{"celsius":{"type":"integer"},"sky":{"enum":["clear","cloudy"]}},"required":["celsius","sky"],"additionalProperties":false}"""),
            jsonSchemaIsStrict: true);

        ChatCompletion answer = await Client(caller).GetChatClient(Model).CompleteChatAsync(Question, new ChatCompletionOptions { ResponseFormat = format });

        var report = JsonDocument.Parse(answer.Content[0].Text).RootElement;
        Assert.Equal(JsonValueKind.Number, report.GetProperty("celsius").ValueKind);
        Assert.True(report.GetProperty("sky").GetString() is "clear" or "cloudy");
        await books.AssertPostedAsync(1);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Vectors_are_the_upstreams_own_even_when_it_ignores_base64(bool ignored)
    {
        var (caller, books) = await OpenAsync();
        var tries = new Tries();
        Simulator.Script.Next(new SimulatorScript { IgnoreBase64 = ignored });

        var vectors = await Client(caller, tries).GetEmbeddingClient(EmbeddingModel).GenerateEmbeddingsAsync(["rain", "wind"]);

        Assert.Equal("base64", (string?)Assert.Single(tries.Sent)["encoding_format"]);
        Assert.Equal([Vector("rain"), Vector("wind")], vectors.Value.Select(vector => vector.ToFloats().ToArray()));
        var entry = Assert.Single(await books.AssertPostedAsync(1));
        Assert.Equal(vectors.Value.Usage.InputTokenCount, entry.GetProperty("inputTokens").GetInt32());
    }

    [Fact]
    public async Task Models_are_listed_and_found()
    {
        var (caller, books) = await OpenAsync();
        var models = Client(caller).GetOpenAIModelClient();

        var all = await models.GetModelsAsync();
        var one = await models.GetModelAsync(Model);

        Assert.Superset(new HashSet<string> { Model, EmbeddingModel }, all.Value.Select(model => model.Id).ToHashSet());
        Assert.Equal((Model, "openai"), (one.Value.Id, one.Value.OwnedBy));
        await books.AssertPostedAsync(0);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_abandoned_stream_is_read_to_its_end_and_posted_with_the_usage(bool cancelled)
    {
        const int Tokens = 200;
        const int ChunksBeforeTheGate = 4;
        var (caller, books) = await OpenAsync();
        var gate = $"dotnet-leaves-{cancelled}";
        // Paced, so that the gateway hears that the caller left before the upstream has said all.
        Simulator.Script.Next(new SimulatorScript { OutputTokens = Tokens, Gate = gate, GateAfterChunks = ChunksBeforeTheGate, ChunkDelayMs = 2 });
        using var cancel = new CancellationTokenSource();

        await using (var updates = Client(caller).GetChatClient(Model).CompleteChatStreamingAsync(Question, cancellationToken: cancel.Token).GetAsyncEnumerator(cancel.Token))
        {
            for (var read = 0; read < ChunksBeforeTheGate; read++) Assert.True(await updates.MoveNextAsync());
            await Simulator.Gates.WaitForWaitersAsync(gate, 1);
            Assert.Equal(1, (await caller.QuotaAsync()).GetProperty("openReservations").GetInt32());
            if (cancelled)
            {
                var next = updates.MoveNextAsync();
                await cancel.CancelAsync();
                await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await next);
            }
        }

        Simulator.Gates.Open(gate);
        var entry = Assert.Single(await books.AssertPostedAsync(1));
        Assert.Equal(Tokens, entry.GetProperty("outputTokens").GetInt32());
        // One that only stops listening may be read to its end by the SDK's own transport, which likes to keep the connection.
        if (cancelled) Assert.Equal("client_gone", entry.GetProperty("outcome").GetString());
    }

    [Fact]
    public async Task A_stream_that_breaks_is_an_error_and_not_a_short_answer()
    {
        var (caller, books) = await OpenAsync();
        Simulator.Script.Next(new SimulatorScript { OutputTokens = 50, CutAfterChunks = 6 });

        await Assert.ThrowsAnyAsync<Exception>(() => StreamAsync(Client(caller)));

        await books.AssertEstimatedAsync();
    }

    [Fact]
    public async Task A_wrong_key_is_a_401()
    {
        var (caller, books) = await OpenAsync();

        var refused = await RefusedAsync(Client(caller with { Key = "sk-gw-00000000-0123456789ABCDEFGHIJKLMNOPQRSTUV" }).GetChatClient(Model));

        Assert.Equal((401, "invalid_api_key"), refused);
        await books.AssertPostedAsync(0);
    }

    [Fact]
    public async Task An_unknown_model_is_a_404()
    {
        var (caller, books) = await OpenAsync();

        var refused = await RefusedAsync(Client(caller).GetChatClient("gpt-0"));

        Assert.Equal((404, "model_not_found"), refused);
        await books.AssertPostedAsync(0);
    }

    [Fact]
    public async Task A_rate_limited_call_is_tried_again_when_told_and_then_succeeds()
    {
        const string Gate = "dotnet-first";
        var (caller, books) = await OpenAsync("""{"limits":{"concurrentRequests":1}}""");
        Simulator.Script.Next(new SimulatorScript { Gate = Gate });
        var first = Client(caller).GetChatClient(Model).CompleteChatAsync(Question);
        await Simulator.Gates.WaitForWaitersAsync(Gate, 1);

        var tries = new Tries();
        var second = Client(caller, tries).GetChatClient(Model).CompleteChatAsync(Question);
        await await Task.WhenAny(tries.Refused, second);
        Simulator.Gates.Open(Gate);
        await Task.WhenAll(first, second);

        Assert.Equal(new Tries.Answer(429, "1", null), tries.Answers.First());
        Assert.Equal(200, tries.Answers.Last().Status);
        await books.AssertPostedAsync(2);
    }

    [Fact]
    public async Task A_spent_budget_ends_the_call_after_the_SDKs_own_few_tries()
    {
        var (caller, books) = await OpenAsync("""{"budgets":[{"window":"month","limitUsd":0.000001}]}""");
        var (tries, callsBefore) = (new Tries(), Simulator.Calls.Count);

        var refused = await RefusedAsync(Client(caller, tries, new NoWaits()).GetChatClient(Model));

        Assert.Equal((429, "insufficient_quota"), refused);
        // This SDK knows no x-should-retry: it tries as often as for any 429.
        Assert.Equal(Enumerable.Repeat(new Tries.Answer(429, null, "false"), 1 + DefaultRetries), tries.Answers);
        Assert.Equal(callsBefore, Simulator.Calls.Count);
        await books.AssertPostedAsync(0);
    }

    private async Task<(TestCaller Caller, Books Books)> OpenAsync(string policy = "{}")
    {
        var caller = await Gateway.OpenTenantAsync(policy);
        return (caller, new Books(caller));
    }

    private static OpenAIClient Client(TestCaller caller, Tries? tries = null, PipelinePolicy? retries = null)
    {
        var options = new OpenAIClientOptions { Endpoint = new Uri(caller.Gateway.Address, "/v1") };
        if (retries is not null) options.RetryPolicy = retries;
        if (tries is not null) options.AddPolicy(tries, PipelinePosition.PerTry);
        return new OpenAIClient(new ApiKeyCredential(caller.Key), options);
    }

    private static async Task<(string Text, ChatTokenUsage? Usage)> StreamAsync(OpenAIClient client)
    {
        var (text, usage) = ("", default(ChatTokenUsage));
        await foreach (var update in client.GetChatClient(Model).CompleteChatStreamingAsync(Question))
        {
            text += string.Concat(update.ContentUpdate.Select(part => part.Text));
            usage = update.Usage ?? usage;
        }
        return (text, usage);
    }

    private static async Task<(int Status, string? Code)> RefusedAsync(ChatClient chat)
    {
        var refusal = await Assert.ThrowsAsync<ClientResultException>(() => chat.CompleteChatAsync(Question));
        var error = JsonDocument.Parse(refusal.GetRawResponse()!.Content).RootElement.GetProperty("error");
        return (refusal.Status, error.GetProperty("code").GetString());
    }

    private static float[] Vector(string text) => EmbeddingVector.For(Hash.Of(EmbeddingModel) ^ Hash.Of(text), 1536);

    /// <summary>The SDK's retries without the pauses between them.</summary>
    private sealed class NoWaits() : ClientRetryPolicy(DefaultRetries)
    {
        protected override TimeSpan GetNextDelay(PipelineMessage message, int tryCount) => TimeSpan.Zero;
    }
}
