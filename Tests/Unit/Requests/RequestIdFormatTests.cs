namespace OrleansGateway.Tests.Unit.Requests;

public sealed class RequestIdFormatTests
{
    [Theory]
    [InlineData("1970-01-01T00:00:00Z")]
    [InlineData("2026-11-25T12:34:56.789Z")]
    [InlineData("9999-12-31T23:59:59.999Z")]
    public void An_id_tells_when_it_was_made(string instant)
    {
        var at = DateTimeOffset.Parse(instant, System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal(at, RequestIdFormat.TimeOf(RequestIdFormat.New(at)));
    }

    [Fact]
    public void Ids_stand_in_the_order_of_time()
    {
        var at = new DateTimeOffset(2026, 11, 25, 0, 0, 0, TimeSpan.Zero);
        var ids = Enumerable.Range(0, 1000).Select(i => RequestIdFormat.New(at.AddMilliseconds(i * 977L))).ToList();
        Assert.Equal(ids.Order(StringComparer.Ordinal), ids);
    }

    [Theory]
    [InlineData("")]
    [InlineData("req_")]
    [InlineData("req_1")]
    [InlineData("chatcmpl-123")]
    [InlineData("req_0000000000000000000000")] // no version
    [InlineData("req_zzzzzzzzzzzzzzzzzzzzzz")] // more than 128 bits
    [InlineData("REQ_02Sn9ZrBvXe0a1b2c3d4e5")]
    [InlineData("req_02Sn9ZrBvX\u00e90a1b2c3d4e5")]
    [InlineData("req_02Sn9ZrBvXe0a1b2c3d4e5f")]
    public void Other_text_is_no_id(string text) => Assert.Null(RequestIdFormat.TimeOf(text));
}
