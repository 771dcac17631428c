using Serilog;
using Serilog.Core;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Unit.Telemetry;

/// <summary>The watch over all that is logged finds what it is there to find.</summary>
public sealed class LeakWatchTests
{
    private readonly LeakWatch _watch = new();

    [Theory]
    [InlineData("key sk-gw-7Q2F81aB-EO7EsbrtwEBTCGtAhDNkRpgJbdA2w7Sb8cl4mxZR15x was refused", "sk-gw-7Q2F81aB-EO7EsbrtwEBTCGtAhDNkRpgJbdA2w7Sb8cl4mxZR15x")]
    [InlineData("the upstream was shown upstream-key", "upstream-key")]
    [InlineData("an operator came with test-admin-key-0123456789abcdef0123456789", "test-admin-key-0123456789abcdef0123456789")]
    [InlineData("""answered {"content":"Sure Hello the answer is"}""", "Sure")]
    [InlineData("signed with whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    [InlineData("asked: my secret plan for Tuesday", "my secret plan")]
    public void A_planted_leak_is_found(string line, string leak)
    {
        _watch.KeepPrompts("""{"model":"m","messages":[{"role":"user","content":"my secret plan"}]}""");
        _watch.Look(line);
        Assert.Equal(leak, Assert.Single(_watch.Found).Key);
        Assert.Contains(line, Assert.ThrowsAny<Xunit.Sdk.XunitException>(() => NoLeaks.Check(_watch)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_may_be_said_is_not_taken_for_one()
    {
        _watch.KeepPrompts("""{"model":"gpt-4.1","messages":[{"role":"user","content":"hi"}]}""");
        _watch.Look("""{"@t":"…","@mt":"request","KeyId":"k_7Q2F81aB","prefix":"sk-gw-7Q2F81aB","Model":"gpt-4.1","Outcome":"ok","reason":"this is unsure"}""");
        Assert.Equal((0, 1), (_watch.Found.Count, _watch.Looked));
    }

    [Fact]
    public void A_random_id_that_spells_a_prompt_is_not_taken_for_one_and_the_prompt_beside_it_is()
    {
        const string Ids = """{"RequestId":"req_08h1IT49vzYETHellowfKu","KeyId":"k_xHelloz1","prefix":"sk-gw-xHelloz1","event":"evt_aHello","delivery":"dlv_-Hello_b"}""";
        _watch.KeepPrompts("""{"messages":[{"role":"user","content":"Hello"}]}""");
        _watch.Look(Ids);
        Assert.Empty(_watch.Found);
        _watch.Look(Ids + " asked req_Hello: Hello");
        Assert.Equal("Hello", Assert.Single(_watch.Found).Key);
    }

    [Fact]
    public void The_sink_of_every_gateway_in_this_process_is_watched()
    {
        var before = LeakWatch.OfTheRun.Looked;
        using var logger = new LoggerConfiguration().WriteTo.Sink((ILogEventSink)new LogCapture()).CreateLogger();
        logger.Information("seen");
        Assert.InRange(LeakWatch.OfTheRun.Looked, before + 1, long.MaxValue);
    }
}
