using System.Text;
using OrleansGateway.LoadTest;

namespace OrleansGateway.Tests.Unit.LoadTest;

public sealed class EventScannerTests
{
    private const string Stream =
        """
        data: {"choices":[{"delta":{"content":"a data: that is none"}}]}

        : a comment

        event: odd
        data:{"choices":[]}

        data: {"choices":[],"usage":{"prompt_tokens":3,"cost_usd":0.000264}}

        data: [DONE]


        """;

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(10_000)]
    public void Events_are_counted_whatever_pieces_they_come_in(int piece)
    {
        var scanner = new EventScanner();

        foreach (var part in Encoding.UTF8.GetBytes(Stream).Chunk(piece)) scanner.Read(part);

        Assert.Equal(3, scanner.Events);
        Assert.Equal(0.000264m, scanner.CostUsd);
        Assert.EndsWith("data: [DONE]\n\n", scanner.Tail, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_a_long_stream_its_end_is_remembered()
    {
        var scanner = new EventScanner();

        for (var i = 0; i < 1_000; i++) scanner.Read("data: {\"choices\":[{\"delta\":{\"content\":\"word\"}}]}\n\n"u8);
        scanner.Read(Encoding.UTF8.GetBytes("data: " + new string('x', 50_000) + "\n\n"));
        scanner.Read(Encoding.UTF8.GetBytes(Stream));

        Assert.Equal(1_004, scanner.Events);
        Assert.Equal(0.000264m, scanner.CostUsd);
    }

    [Fact]
    public void Who_is_told_no_cost_is_told_none()
    {
        var scanner = new EventScanner();
        scanner.Read("data: {\"usage\":{\"cost_usd\":null}}\n\ndata: [DONE]\n\n"u8);
        Assert.Null(scanner.CostUsd);
    }
}
