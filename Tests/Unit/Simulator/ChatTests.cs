using System.Text.Json;
using System.Text.Json.Nodes;
using OrleansGateway.Simulator;
using static OrleansGateway.Tests.Unit.Simulator.RunningSimulator;

namespace OrleansGateway.Tests.Unit.Simulator;

public sealed class ChatTests
{
    [Fact]
    public async Task The_same_request_gets_the_same_answer_from_every_simulator()
    {
        await using var one = await StartAsync();
        await using var other = await StartAsync();
        await one.AskAsync(Chat("something else first"));

        var first = Content(await one.AskAsync(Chat()));

        Assert.Equal(first, Content(await other.AskAsync(Chat())));
        Assert.NotEqual(first, Content(await other.AskAsync(Chat("another question"))));
    }

    [Fact]
    public async Task Calls_at_the_same_time_do_not_mix()
    {
        await using var simulator = await StartAsync();
        var questions = Enumerable.Range(0, 2000).Select(number => $"Question number {number} of many").ToList();

        var answers = new string[questions.Count];
        await Parallel.ForAsync(0, questions.Count, new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = Cancel }, async (i, _) =>
            answers[i] = Content(await simulator.AskAsync(Chat(questions[i]))));

        Assert.Equal(questions.Count, answers.Distinct().Count());
        Assert.Equal(answers[1234], Content(await simulator.AskAsync(Chat(questions[1234]))));
        Assert.Equal(questions.Count + 1, simulator.Handle.Bill.Count);
    }

    [Fact]
    public async Task The_answer_carries_all_that_OpenAI_requires()
    {
        await using var simulator = await StartAsync(new SimulatorScript { CachedTokens = 4, ReasoningTokens = 5 });

        var answer = await simulator.AskAsync(Chat("hello world"));

        Assert.Equal("chat.completion", answer.GetProperty("object").GetString());
        Assert.StartsWith("chatcmpl-", answer.GetProperty("id").GetString(), StringComparison.Ordinal);
        Assert.Equal(JsonValueKind.Null, answer.GetProperty("choices")[0].GetProperty("message").GetProperty("refusal").ValueKind);
        Assert.Equal(JsonValueKind.Null, answer.GetProperty("choices")[0].GetProperty("logprobs").ValueKind);
        var usage = answer.GetProperty("usage");
        Assert.Equal(2 + 3 + 3, usage.GetProperty("prompt_tokens").GetInt32());
        Assert.Equal(4, usage.GetProperty("prompt_tokens_details").GetProperty("cached_tokens").GetInt32());
        Assert.Equal(5, usage.GetProperty("completion_tokens_details").GetProperty("reasoning_tokens").GetInt32());
        Assert.Equal(TokenCounter.Count(Content(answer)) + 5, usage.GetProperty("completion_tokens").GetInt32());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(17)]
    [InlineData(3000)]
    public async Task An_answer_of_so_many_tokens_has_exactly_so_many(int tokens)
    {
        await using var simulator = await StartAsync(new SimulatorScript { OutputTokens = tokens });

        var answer = await simulator.AskAsync(Chat("What is new, my dear Watson? It's 42!"));

        Assert.Equal(tokens, TokenCounter.Count(Content(answer)));
        Assert.Equal(tokens, answer.GetProperty("usage").GetProperty("completion_tokens").GetInt32());
        Assert.Equal("stop", Finish(answer));
    }

    [Theory]
    [InlineData("max_tokens")]
    [InlineData("max_completion_tokens")]
    public async Task An_answer_stops_at_the_cap_and_says_so(string field)
    {
        await using var simulator = await StartAsync();
        var request = Chat();
        request[field] = 5;

        var answer = await simulator.AskAsync(request);

        Assert.Equal(5, TokenCounter.Count(Content(answer)));
        Assert.Equal("length", Finish(answer));
    }

    [Fact]
    public async Task A_script_may_let_the_answer_pass_the_cap()
    {
        await using var simulator = await StartAsync(new SimulatorScript { OutputTokens = 9, IgnoreMaxTokens = true });
        var request = Chat();
        request["max_tokens"] = 5;

        Assert.Equal(9, (await simulator.AskAsync(request)).GetProperty("usage").GetProperty("completion_tokens").GetInt32());
    }

    [Fact]
    public async Task Several_choices_differ_and_are_all_counted()
    {
        await using var simulator = await StartAsync(new SimulatorScript { OutputTokens = 10, ExtraChoices = 1, DuplicateChoices = true });
        var request = Chat();
        request["n"] = 2;

        var answer = await simulator.AskAsync(request);

        Assert.Equal([0, 1, 2, 0], answer.GetProperty("choices").EnumerateArray().Select(choice => choice.GetProperty("index").GetInt32()));
        Assert.NotEqual(Content(answer), answer.GetProperty("choices")[1].GetProperty("message").GetProperty("content").GetString());
        Assert.Equal(20, answer.GetProperty("usage").GetProperty("completion_tokens").GetInt32());
        Assert.Equal(20, Assert.Single(simulator.Billed).OutputTokens);
    }

    [Fact]
    public async Task Parts_of_a_message_are_counted_and_an_image_has_its_price()
    {
        await using var simulator = await StartAsync();
        var request = Chat();
        request["messages"]![0]!["content"] = new JsonArray(
            new JsonObject { ["type"] = "text", ["text"] = "hello world" },
            new JsonObject { ["type"] = "image_url", ["image_url"] = new JsonObject { ["url"] = "data:,", ["detail"] = "low" } });

        Assert.Equal(2 + 85 + 6, (await simulator.AskAsync(request)).GetProperty("usage").GetProperty("prompt_tokens").GetInt32());
    }

    [Theory]
    [InlineData("""{"messages":[{"role":"user","content":"hi"}]}""", "model")]
    [InlineData("""{"model":"m"}""", "messages")]
    [InlineData("""{"model":"m","messages":[1]}""", "messages")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"hi"}],"n":0}""", "n")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"hi"}],"max_tokens":"9"}""", "max_tokens")]
    public async Task A_wrong_request_is_refused_by_the_name_of_its_field(string request, string param)
    {
        await using var simulator = await StartAsync();

        using var response = await simulator.PostAsync(JsonNode.Parse(request)!.AsObject());

        Assert.Equal(400, (int)response.StatusCode);
        var error = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Cancel)).RootElement.GetProperty("error");
        Assert.Equal(param, error.GetProperty("param").GetString());
        Assert.Equal("invalid_request_error", error.GetProperty("type").GetString());
        Assert.Empty(simulator.Billed);
    }

    private static string Content(JsonElement answer) => answer.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString()!;

    private static string? Finish(JsonElement answer) => answer.GetProperty("choices")[0].GetProperty("finish_reason").GetString();
}
