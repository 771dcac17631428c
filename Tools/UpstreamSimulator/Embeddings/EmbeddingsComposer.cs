using System.Text.Json;

namespace OrleansGateway.Simulator;

/// <summary>Decides an embeddings answer: a pure function of the request and the script.</summary>
internal static class EmbeddingsComposer
{
    private const int UsualDimensions = 1536;

    public static EmbeddingsAnswer Compose(RequestBody body, SimulatorScript script, long seq, long created)
    {
        var model = body.Model ?? throw new InvalidRequestException("You must provide a model parameter.", "model");
        var inputs = body.Root.Find("input") is { } input ? Inputs(input) : throw Wrong();
        var format = body.Root.Text("encoding_format");
        if (format is not (null or "float" or "base64"))
        {
            throw new InvalidRequestException("'encoding_format' must be float or base64.", "encoding_format");
        }

        return new EmbeddingsAnswer
        {
            Id = $"embd-sim{seq:d10}",
            Model = model,
            Created = created,
            Dimensions = body.Root.Whole("dimensions", least: 1, most: 4096) ?? UsualDimensions,
            Base64 = format == "base64" && !script.IgnoreBase64,
            Seeds = [.. inputs.Select(one => Hash.Of(model) ^ one.Seed)],
            Usage = new UsageTokens(inputs.Sum(one => one.Tokens), 0, 0, 0),
        };
    }

    private static List<(ulong Seed, int Tokens)> Inputs(JsonElement input)
    {
        if (input.ValueKind == JsonValueKind.String || IsTokens(input))
        {
            return [One(input)];
        }

        return input.ValueKind == JsonValueKind.Array && input.GetArrayLength() is > 0 and <= 2048 ? [.. input.EnumerateArray().Select(One)] : throw Wrong();
    }

    private static (ulong Seed, int Tokens) One(JsonElement input)
    {
        if (input.ValueKind == JsonValueKind.String && input.GetString() is { Length: > 0 } text)
        {
            return (Hash.Of(text), TokenCounter.Count(text));
        }

        return IsTokens(input)
            ? (Hash.Of(string.Join(',', input.EnumerateArray().Select(token => token.GetRawText()))), input.GetArrayLength())
            : throw Wrong();
    }

    private static bool IsTokens(JsonElement input) =>
        input.ValueKind == JsonValueKind.Array && input.GetArrayLength() > 0 && input.EnumerateArray().All(token => token.ValueKind == JsonValueKind.Number);

    private static InvalidRequestException Wrong() =>
        new("'input' must be a non-empty string, an array of them, an array of tokens, or an array of token arrays.", "input");
}
