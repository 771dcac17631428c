using System.Text;

namespace OrleansGateway.Tests.Unit.Providers.Dialects;

public sealed class ChoiceFilterTests
{
    [Theory]
    [InlineData(1, """{"choices":[{"index":0,"message":{"content":"a"}}]}""")]
    [InlineData(2, """{"choices":[{"index":1},{"index":0}]}""")]
    [InlineData(2, """{"choices":[{"index":0}]}""")]
    [InlineData(1, """{"choices":[{"message":{"tool_calls":[{"index":0},{"index":1}]}}]}""")]
    [InlineData(1, """{"choices":[]}""")]
    [InlineData(1, """{"choices":null,"x":1}""")]
    [InlineData(1, """{"x":[{"index":0},{"index":1}]}""")]
    [InlineData(1, """[{"index":0},{"index":1}]""")]
    [InlineData(1, """{"choices":[{"index":0},""")]
    public void An_answer_with_no_more_than_was_asked_for_passes_as_it_is(int asked, string json)
    {
        var filter = new ChoiceFilter(asked, whole: true);
        Assert.True(filter.Passes(Encoding.UTF8.GetBytes(json), out _));
        Assert.False(filter.IsOdd);
    }

    [Theory]
    [InlineData(1, """{"a":1,"choices":[{"index":0,"m":[1,"}"]},{"index":1}],"usage":{}}""", """{"a":1,"choices":[{"index":0,"m":[1,"}"]}],"usage":{}}""")]
    [InlineData(1, """{"choices":[{"index":0,"m":"a"},{"index":0,"m":"b"}]}""", """{"choices":[{"index":0,"m":"a"}]}""")]
    [InlineData(2, """{"choices": [ {"index":0,"m":"a"} , {"index":0,"m":"b"}, {"index":4}, {"index":1} ] }""", """{"choices": [{"index":0,"m":"a"},{"index":4}] }""")]
    [InlineData(2, """{"choices":[{"m":"a"},{"m":"b"},{"m":"c"}]}""", """{"choices":[{"m":"a"},{"m":"b"}]}""")]
    [InlineData(1, """{"choices":[1,{"index":1}]}""", """{"choices":[1]}""")]
    public void The_first_distinct_indexes_are_kept_and_every_other_byte(int asked, string json, string kept)
    {
        var filter = new ChoiceFilter(asked, whole: true);
        Assert.False(filter.Passes(Encoding.UTF8.GetBytes(json), out var instead));
        Assert.Equal(kept, Encoding.UTF8.GetString(instead!));
        Assert.True(filter.IsOdd);
    }

    [Fact]
    public void In_a_stream_a_choice_goes_on_and_further_ones_are_left_out()
    {
        var filter = new ChoiceFilter(1, whole: false);
        Assert.True(Passes("""{"choices":[{"index":0,"delta":{"content":"a"}}]}""", out _));
        Assert.True(Passes("""{"choices":[{"index":0,"delta":{"content":"b"}}]}""", out _));
        Assert.False(filter.IsOdd);
        Assert.False(Passes("""{"choices":[{"index":1,"delta":{"content":"x"}}]}""", out var none));
        Assert.Null(none);
        Assert.False(Passes("""{"choices":[{"index":1,"delta":{}},{"index":0,"delta":{"content":"c"}}]}""", out var rest));
        Assert.Equal("""{"choices":[{"index":0,"delta":{"content":"c"}}]}""", Encoding.UTF8.GetString(rest!));
        Assert.True(filter.IsOdd);

        bool Passes(string json, out byte[]? instead) => filter.Passes(Encoding.UTF8.GetBytes(json), out instead);
    }
}
