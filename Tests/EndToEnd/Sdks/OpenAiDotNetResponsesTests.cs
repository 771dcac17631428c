#pragma warning disable OPENAI001 // Responses are marked experimental; their users are there all the same.
using System.ClientModel;
using System.Globalization;
using System.Text.Json;
using OpenAI;
using OpenAI.Responses;
using OrleansGateway.Simulator;

namespace OrleansGateway.Tests.EndToEnd.Sdks;

/// <summary>OpenAI's own client for .NET and its responses, pointed at the gateway.</summary>
[Collection(nameof(SdkGateway))]
public sealed class OpenAiDotNetResponsesTests(SharedGateway shared)
{
    private const string Model = "gpt-4.1";
    private const string Question = "Tell me about the weather";

    [Fact]
    public async Task A_response_is_whole_and_posted_with_the_cost_it_names()
    {
        var (client, books) = await OpenAsync();

        var result = await client.CreateResponseAsync(Options(16));

        Assert.StartsWith("Sure", result.Value.GetOutputText(), StringComparison.Ordinal);
        Assert.Equal(ResponseStatus.Incomplete, result.Value.Status);
        var entry = Assert.Single(await books.AssertPostedAsync(1));
        Assert.Equal((16, 16), (result.Value.Usage.OutputTokenCount, entry.GetProperty("outputTokens").GetInt32()));
        Assert.True(result.GetRawResponse().Headers.TryGetValue("x-gateway-cost-usd", out var cost));
        Assert.Equal(decimal.Parse(cost!, CultureInfo.InvariantCulture), entry.GetProperty("costUsd").GetDecimal());
    }

    [Fact]
    public async Task A_stream_of_a_response_ends_with_its_usage()
    {
        var (client, books) = await OpenAsync();

        var (text, usage) = ("", default(ResponseTokenUsage));
        var options = Options();
        options.StreamingEnabled = true;
        await foreach (var update in await client.CreateResponseStreamingAsync(options))
        {
            if (update is StreamingResponseOutputTextDeltaUpdate delta) text += delta.Delta;
            if (update is StreamingResponseCompletedUpdate completed) usage = completed.Response.Usage;
        }

        Assert.StartsWith("Sure", text, StringComparison.Ordinal);
        var entry = Assert.Single(await books.AssertPostedAsync(1));
        Assert.Equal(usage!.OutputTokenCount, entry.GetProperty("outputTokens").GetInt32());
    }

    [Fact]
    public async Task A_tool_is_called_and_its_result_taken()
    {
        var (client, books) = await OpenAsync();
        var tool = ResponseTool.CreateFunctionTool(
            "get_weather",
            BinaryData.FromString("""{"type":"object","properties":{"city":{"type":"string"}},"required":["city"],"additionalProperties":false}"""),
            strictModeEnabled: true);
        var options = Options();
        options.Tools.Add(tool);

        var asks = (await client.CreateResponseAsync(options)).Value;
        var call = Assert.IsType<FunctionCallResponseItem>(Assert.Single(asks.OutputItems));
        options.InputItems.Add(call);
        options.InputItems.Add(ResponseItem.CreateFunctionCallOutputItem(call.CallId, "sunny"));
        var answer = (await client.CreateResponseAsync(options)).Value;

        Assert.Equal(JsonValueKind.String, JsonDocument.Parse(call.FunctionArguments).RootElement.GetProperty("city").ValueKind);
        Assert.NotEmpty(answer.GetOutputText());
        await books.AssertPostedAsync(2);
    }

    [Fact]
    public async Task A_stored_conversation_is_refused_with_its_field_named()
    {
        var (client, books) = await OpenAsync();
        var options = Options();
        options.PreviousResponseId = "resp_1";

        var refusal = await Assert.ThrowsAsync<ClientResultException>(() => client.CreateResponseAsync(options));

        var error = JsonDocument.Parse(refusal.GetRawResponse()!.Content).RootElement.GetProperty("error");
        Assert.Equal((400, "unsupported_parameter", "previous_response_id"), (refusal.Status, error.GetProperty("code").GetString(), error.GetProperty("param").GetString()));
        await books.AssertPostedAsync(0);
    }

    [Fact]
    public async Task A_stream_that_breaks_is_an_error_and_not_a_short_answer()
    {
        var (client, books) = await OpenAsync();
        shared.Gateway.Simulator.Script.Next(new SimulatorScript { OutputTokens = 50, CutAfterChunks = 8 });
        var options = Options();
        options.StreamingEnabled = true;

        var text = "";
        var broken = await Record.ExceptionAsync(async () =>
        {
            await foreach (var update in await client.CreateResponseStreamingAsync(options))
                if (update is StreamingResponseOutputTextDeltaUpdate delta) text += delta.Delta;
        });

        Assert.NotNull(broken);
        Assert.StartsWith("Sure", text, StringComparison.Ordinal);
        await books.AssertEstimatedAsync();
    }

    private async Task<(ResponsesClient Client, Books Books)> OpenAsync()
    {
        var caller = await shared.Gateway.OpenTenantAsync();
        var options = new OpenAIClientOptions { Endpoint = new Uri(caller.Gateway.Address, "/v1") };
        return (new OpenAIClient(new ApiKeyCredential(caller.Key), options).GetResponsesClient(), new Books(caller));
    }

    private static CreateResponseOptions Options(int? most = null) => new(Model, [ResponseItem.CreateUserMessageItem(Question)]) { MaxOutputTokenCount = most };
}
