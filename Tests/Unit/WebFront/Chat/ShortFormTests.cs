using System.Text;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests;

public sealed class ShortFormTests
{
    [Fact]
    public void What_is_given_is_kept_as_written() => Assert.Equal(
        """{"model":"m\u0041","messages":[ {"role":"user"} ],"temperature":1e0,"max_tokens":7,"stream":true}""",
        Encoding.UTF8.GetString(ShortRequest.ToChatCompletion("""{"stream":true,"max_tokens":7,"temperature":1e0,"messages":[ {"role":"user"} ],"model":"m\u0041"}"""u8, out _)!));

    [Theory]
    [InlineData("""{"messages":[1],"top_p":1}""", "unsupported_parameter", "top_p")]
    [InlineData("""{}""", "invalid_value", "messages")]
    [InlineData("""{"messages":{}}""", "invalid_value", "messages")]
    [InlineData("""{"messages":[1],"model":null}""", "invalid_value", "model")]
    [InlineData("""{"messages":[1],"model":3}""", "invalid_value", "model")]
    [InlineData("""{"messages":[1],"temperature":"1"}""", "invalid_value", "temperature")]
    [InlineData("""{"messages":[1],"temperature":2.1}""", "invalid_value", "temperature")]
    [InlineData("""{"messages":[1],"max_tokens":0}""", "invalid_value", "max_tokens")]
    [InlineData("""{"messages":[1],"max_tokens":null}""", "invalid_value", "max_tokens")]
    [InlineData("""{"messages":[1],"stream":1}""", "invalid_value", "stream")]
    [InlineData("""{"messages":[1],"stream":null}""", "invalid_value", "stream")]
    [InlineData("""nonsense""", "invalid_json", null)]
    public void The_short_form_is_strict(string body, string code, string? param)
    {
        Assert.Null(ShortRequest.ToChatCompletion(Encoding.UTF8.GetBytes(body), out var fault));
        Assert.Equal((code, param), (fault!.Code, fault.Param));
    }

    [Theory]
    [InlineData("""{"choices":[{"message":{"content":"a"},"index":0}]}""", "a")]
    [InlineData("""{"id":{"x":[1]},"choices":[{"index":1,"message":{"content":"b"}},{"index":0,"message":{"role":"x","content":"ä\n"}}]}""", "ä\n")]
    [InlineData("""{"choices":[{"index":0,"message":{"content":null}}]}""", "")]
    [InlineData("""{"choices":[]}""", "")]
    [InlineData("""{}""", "")]
    [InlineData("""[DONE]""", "")]
    public void The_text_is_the_first_choices(string completion, string text) => Assert.Equal(text, ShortAnswer.ContentOf(Encoding.UTF8.GetBytes(completion)));

    [Fact]
    public void Latency_has_two_decimals_and_cost_six() => Assert.Equal(
        """{"model":"gpt-4.1","content":"x","latency_ms":12.35,"tokens_used":42,"cost_usd":0.000265}""",
        Encoding.UTF8.GetString(ShortAnswer.Bytes(FakeProviderGrain.By, "x", TimeSpan.FromMilliseconds(12.3456), FakeProviderGrain.Usage, new(new Money(264_500), default)).Span));
}
