using System.Text;

namespace OrleansGateway.Tests.Unit.Catalog;

public sealed class UpstreamModelListTests
{
    [Theory]
    [InlineData("""{"object":"list","data":[{"id":"gpt-4.1","object":"model"},{"id":"o3"}]}""", "gpt-4.1 o3")]
    [InlineData("""{"data":[{"type":"model","id":"claude-sonnet-4-5","display_name":"Claude"}],"has_more":false}""", "claude-sonnet-4-5")]
    [InlineData("""[{"id":"a"},"b",{"id":"a"}]""", "a b")]
    [InlineData("""{"data":[]}""", "")]
    [InlineData("""{"data":[{"id":7},{"id":""},{"id":"with blank"},{"id":"wild*"},{"id":"t\u00e9l\u00e9"},{"name":"x"},null,{"id":"\ud800"},{"id":"good/one:free"}]}""", "good/one:free")]
    public void The_ids_are_read_in_order_and_those_that_no_caller_could_name_are_left_out(string body, string ids) =>
        Assert.Equal(ids, string.Join(' ', Parse(body)!.Value));

    [Theory]
    [InlineData("")]
    [InlineData("<html>")]
    [InlineData("""{"models":[]}""")]
    [InlineData("""{"data":{"id":"x"}}""")]
    [InlineData("\"gpt-4.1\"")]
    [InlineData("""{"data":[{"id":"cut""")]
    public void What_is_no_list_is_none(string body) => Assert.Null(Parse(body));

    [Fact]
    public void A_list_without_end_is_cut() =>
        Assert.Equal(UpstreamModelList.MostModels, Parse($"[{string.Join(',', Enumerable.Range(0, UpstreamModelList.MostModels + 1).Select(i => $"\"m{i}\""))}]")!.Value.Length);

    [Fact]
    public void An_id_longer_than_any_name_is_left_out() => Assert.Empty(Parse($"[\"{new string('m', 201)}\"]")!.Value);

    private static System.Collections.Immutable.ImmutableArray<string>? Parse(string body) => UpstreamModelList.Parse(Encoding.UTF8.GetBytes(body));
}
