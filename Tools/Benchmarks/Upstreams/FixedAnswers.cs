using System.Globalization;
using System.Text;

namespace OrleansGateway.Benchmarks;

/// <summary>What an upstream answers, the same to everyone: about 0.8 KB in whole, and events of the length that models send.</summary>
internal static class FixedAnswers
{
    private const string Text =
        "I am sorry about the delay. A label that has not moved for four days usually means that the parcel is still in our warehouse; "
        + "please send me your order number so that I can look it up and, if needed, offer pick-up near the main station or a colour that is faster.";

    private static readonly string[] Words = Text.Split(' ');

    public static byte[] Completion { get; } = Encoding.UTF8.GetBytes(
        """{"id":"chatcmpl-B9MHDbslfkBeAs8l4bebGdFOJ6PeG","object":"chat.completion","created":1767225600,"model":"gpt-4.1-2025-04-14","choices":[{"index":0"""
        + $$$""","message":{"role":"assistant","content":"{{{Text}}}","refusal":null,"annotations":[]},"logprobs":null,"finish_reason":"stop"}]"""
        + ""","usage":{"prompt_tokens":40,"completion_tokens":57,"total_tokens":97,"prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0}"""
        + ""","completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0,"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}}"""
        + ""","service_tier":"default","system_fingerprint":"fp_b3f1157249"}""");

    /// <summary>So many events, the last with the usage, and the end marker after them.</summary>
    public static IReadOnlyList<byte[]> Events(int count)
    {
        var events = new List<byte[]>(count + 1);
        for (var i = 1; i < count; i++)
        {
            var delta = i == 1 ? """{"role":"assistant","content":"","refusal":null}""" : i == count - 1 ? "{}" : $$"""{"content":" {{Words[i % Words.Length]}}"}""";
            events.Add(Event($$"""[{"index":0,"delta":{{delta}},"logprobs":null,"finish_reason":{{(i == count - 1 ? "\"stop\"" : "null")}}}],"usage":null"""));
        }
        events.Add(Event(string.Create(CultureInfo.InvariantCulture, $$"""[],"usage":{"prompt_tokens":40,"completion_tokens":{{count}},"total_tokens":{{40 + count}}}""")));
        events.Add("data: [DONE]\n\n"u8.ToArray());
        return events;
    }

    private static byte[] Event(string rest) => Encoding.UTF8.GetBytes(
        """data: {"id":"chatcmpl-B9MHDbslfkBeAs8l4bebGdFOJ6PeG","object":"chat.completion.chunk","created":1767225600"""
        + $$""","model":"gpt-4.1-2025-04-14","service_tier":"default","system_fingerprint":"fp_b3f1157249","choices":{{rest}}}""" + "\n\n");
}
