using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using OrleansGateway.Simulator;
using static OrleansGateway.Tests.Unit.Simulator.RunningSimulator;

namespace OrleansGateway.Tests.Unit.Simulator;

public sealed class EmbeddingsTests
{
    [Fact]
    public async Task Vectors_have_length_one_and_depend_on_their_text_alone()
    {
        await using var simulator = await StartAsync();

        var both = await AskAsync(simulator, """["hello world","other"]""");
        var one = await AskAsync(simulator, "\"hello world\"");

        Assert.Equal(1536, Floats(both, 0).Length);
        Assert.Equal(1, Floats(both, 0).Sum(part => part * part), precision: 4);
        Assert.Equal(Floats(both, 0), Floats(one, 0));
        Assert.NotEqual(Floats(both, 0), Floats(both, 1));
        Assert.Equal(3, both.GetProperty("usage").GetProperty("prompt_tokens").GetInt32());
        Assert.Equal([(3, 0), (2, 0)], simulator.Billed.Select(line => (line.InputTokens, line.OutputTokens)));
    }

    [Fact]
    public async Task Base64_holds_the_same_numbers_unless_the_script_ignores_it()
    {
        await using var simulator = await StartAsync();
        var floats = Floats(await AskAsync(simulator, "\"hi\"", dimensions: 8), 0);

        var packed = (await AskAsync(simulator, "\"hi\"", "base64", 8)).GetProperty("data")[0].GetProperty("embedding").GetBytesFromBase64();
        simulator.Handle.Script.Default = new SimulatorScript { IgnoreBase64 = true };
        var ignored = Floats(await AskAsync(simulator, "\"hi\"", "base64", 8), 0);

        Assert.Equal(floats, MemoryMarshal.Cast<byte, float>(packed).ToArray());
        Assert.Equal(floats, ignored);
    }

    [Theory]
    [InlineData("[1,2,3]", 1, 3)]
    [InlineData("[[1,2],[3]]", 2, 3)]
    public async Task Tokens_are_taken_as_they_are(string input, int vectors, int tokens)
    {
        await using var simulator = await StartAsync();

        var answer = await AskAsync(simulator, input);

        Assert.Equal(vectors, answer.GetProperty("data").GetArrayLength());
        Assert.Equal(tokens, answer.GetProperty("usage").GetProperty("total_tokens").GetInt32());
    }

    [Theory]
    [InlineData("\"\"")]
    [InlineData("[]")]
    [InlineData("[true]")]
    [InlineData("null")]
    public async Task An_input_that_is_none_is_refused(string input)
    {
        await using var simulator = await StartAsync();

        Assert.Equal("input", (await AskAsync(simulator, input)).GetProperty("error").GetProperty("param").GetString());
    }

    private static Task<JsonElement> AskAsync(RunningSimulator simulator, string input, string? format = null, int? dimensions = null) => simulator.AskAsync(
        new JsonObject { ["model"] = "text-embedding-3-small", ["input"] = JsonNode.Parse(input), ["encoding_format"] = format, ["dimensions"] = dimensions },
        "v1/embeddings");

    private static float[] Floats(JsonElement answer, int index) =>
        [.. answer.GetProperty("data")[index].GetProperty("embedding").EnumerateArray().Select(part => part.GetSingle())];
}
