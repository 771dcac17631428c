using System.Text.Json;

namespace OrleansGateway.Simulator;

/// <summary>Writes a usage object, truthful or not.</summary>
internal static class UsageWriter
{
    private const long Huge = 9_000_000_000;
    private const int Overrun = 1000;

    public static void Write(Utf8JsonWriter json, UsageTokens tokens, int? cap, UsageShape shape, bool inputOutputSpelling = false)
    {
        inputOutputSpelling |= shape == UsageShape.InputOutputSpelling;
        var (inputName, outputName) = inputOutputSpelling ? ("input_tokens", "output_tokens") : ("prompt_tokens", "completion_tokens");
        var output = OutputOf(tokens, cap, shape);

        json.WriteStartObject();
        json.WriteNumber(inputName, tokens.Input);
        if (shape == UsageShape.Fractional)
        {
            json.WriteNumber(outputName, output + 0.5m);
            json.WriteNumber("total_tokens", tokens.Input + output + 0.5m);
        }
        else
        {
            json.WriteNumber(outputName, output);
            json.WriteNumber("total_tokens", tokens.Input + output + (shape == UsageShape.WrongSum ? 7 : 0));
        }

        json.WriteStartObject(inputOutputSpelling ? "input_tokens_details" : "prompt_tokens_details");
        json.WriteNumber("cached_tokens", tokens.Cached);
        json.WriteNumber("audio_tokens", 0);
        json.WriteEndObject();
        json.WriteStartObject(inputOutputSpelling ? "output_tokens_details" : "completion_tokens_details");
        json.WriteNumber("reasoning_tokens", tokens.Reasoning);
        json.WriteNumber("audio_tokens", 0);
        json.WriteNumber("accepted_prediction_tokens", 0);
        json.WriteNumber("rejected_prediction_tokens", 0);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>The output as a shape reports it.</summary>
    public static long OutputOf(UsageTokens tokens, int? cap, UsageShape shape) => shape switch
    {
        UsageShape.Negative => -Math.Max(tokens.Output, 1),
        UsageShape.Huge => Huge,
        UsageShape.AboveCap => Math.Max(cap ?? 0, tokens.Output) + Overrun,
        _ => tokens.Output,
    };

    /// <summary>What a first, too early report says.</summary>
    public static UsageTokens Half(UsageTokens tokens) =>
        new(tokens.Input / 2, tokens.Cached / 2, tokens.Output / 2, tokens.Reasoning / 2);
}
