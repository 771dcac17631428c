using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests;

/// <summary>How much of request bodies is in memory, and for how long.</summary>
public sealed class BodyRoomTests
{
    private const int Large = 100_000;

    private static readonly GatewayOptions Options = new() { MaxRequestBodyBytes = 2 * Large, MaxHeldBodyBytes = 5 * Large, MaxHeldBodyBytesPerTenant = 2 * Large };

    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void A_tenant_has_its_share_and_all_together_have_no_more_than_there_is()
    {
        var room = new BodyRoom(Options, 0);
        Assert.Null(room.Take("a", 2 * Large));
        Assert.Equal(GatewayErrorKind.RateLimitExceeded, room.Take("a", 1)!.Kind);
        Assert.Null(room.Take("b", 2 * Large));
        Assert.Equal(GatewayErrorKind.GatewayOverloaded, room.Take("c", Large + 1)!.Kind);
        room.Give("a", 2 * Large);
        Assert.Null(room.Take("a", Large));
        Assert.Equal(3 * Large, room.Taken);
    }

    [Fact]
    public void By_itself_it_is_a_quarter_of_the_memory_and_an_eighth_of_that_for_a_tenant_but_a_few_of_the_largest_bodies_fit()
    {
        const long GiB = 1024 * 1024 * 1024;
        var roomy = new BodyRoom(new GatewayOptions(), 32 * GiB);
        Assert.Equal((8 * GiB, GiB), (roomy.Most, roomy.MostOfTenant));
        var narrow = new BodyRoom(new GatewayOptions { MaxRequestBodyBytes = Large }, Large);
        Assert.Equal((4 * Large, 4 * Large), (narrow.Most, narrow.MostOfTenant));
    }

    [Theory]
    [InlineData(Large, Large)]
    [InlineData(0, 131_072)]
    public void Of_a_body_no_more_is_taken_than_it_says_it_has_and_that_once_a_part_came(int expected, int taken)
    {
        var room = new BodyRoom(Options, 0);
        var body = new HeldBody(room, "a", expected, 2 * Large);
        Assert.Null(body.Add(Bytes(65_536)));
        Assert.Equal(65_536, room.Taken);
        Assert.Null(body.Add(Bytes(1)));
        Assert.Equal(taken, room.Taken);
        Assert.Null(body.Add(Bytes(Large - 65_537)));
        Assert.Equal((taken, Large), (room.Taken, body.Bytes.Length));
        body.Dispose();
        body.Dispose();
        Assert.Equal(0, room.Taken);
    }

    [Fact]
    public void A_small_body_takes_no_room()
    {
        var room = new BodyRoom(Options, 0);
        using var body = new HeldBody(room, "a", BodyRoom.Uncounted, 2 * Large);
        Assert.Null(body.Add(Bytes(BodyRoom.Uncounted)));
        Assert.Equal(0, room.Taken);
    }

    [Fact]
    public async Task Who_holds_as_much_as_it_may_is_refused_and_others_are_not()
    {
        await using var front = await FrontHarness.StartAsync(
            ("Gateway:MaxRequestBodyBytes", "110000"), ("Gateway:MaxHeldBodyBytes", "250000"), ("Gateway:MaxHeldBodyBytesPerTenant", "150000"));
        var room = front.Services.GetRequiredService<BodyRoom>();
        var (entered, release) = (new TaskCompletionSource(), new TaskCompletionSource());
        var called = 0;
        front.Grains.Pool.OnComplete = async (_, _) =>
        {
            if (Interlocked.Increment(ref called) == 2) entered.SetResult();
            await release.Task;
            return FakeProviderGrain.Completed(FakeProviderGrain.Completion);
        };
        var other = front.Grains.AddKey("other");
        var third = front.Grains.AddKey("third");

        var (first, second) = (SendAsync(front, front.Secret), SendAsync(front, other));
        await entered.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        Assert.Equal(2 * Large, room.Taken);

        using var ofTenant = await SendAsync(front, front.Secret);
        Assert.Equal((HttpStatusCode.TooManyRequests, "rate_limit_exceeded"), (ofTenant.StatusCode, await CodeAsync(ofTenant)));
        Assert.Equal(TimeSpan.FromSeconds(1), ofTenant.Headers.RetryAfter!.Delta);
        using var ofAll = await SendAsync(front, third);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "gateway_overloaded"), (ofAll.StatusCode, await CodeAsync(ofAll)));
        Assert.NotNull(ofAll.Headers.RetryAfter);

        release.SetResult();
        using var answered = await first;
        using var too = await second;
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (answered.StatusCode, too.StatusCode));
        await Eventually.BecomesAsync(() => Task.FromResult(room.Taken), taken => taken == 0, TimeSpan.FromSeconds(30), "room that is given back");
    }

    [Fact]
    public async Task A_caller_who_leaves_in_the_middle_of_its_body_gives_its_room_back()
    {
        await using var front = await FrontHarness.StartAsync();
        var room = front.Services.GetRequiredService<BodyRoom>();
        using (var caller = new RawCaller(front.Client.BaseAddress!))
        {
            await caller.SendAsync(
                $"POST /v1/chat HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {front.Secret}\r\nContent-Type: application/json\r\nContent-Length: {2 * Large}\r\n\r\n");
            await caller.SendAsync(new byte[Large]);
            await Eventually.BecomesAsync(() => Task.FromResult(room.Taken), taken => taken == 2 * Large, TimeSpan.FromSeconds(30), "a body on its way");
        }

        await Eventually.BecomesAsync(() => Task.FromResult(room.Taken), taken => taken == 0, TimeSpan.FromSeconds(30), "room that is given back");
    }

    [Fact]
    public async Task A_body_that_does_not_come_in_time_is_refused_however_steadily_it_trickles()
    {
        var room = new BodyRoom(Options, 0);
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 0, useSynchronizationContext: false));
        var http = new DefaultHttpContext();
        http.Features.Set<IRequestBodyPipeFeature>(new PipedBody(pipe.Reader));
        (http.Request.ContentType, http.Request.ContentLength) = ("application/json", Large);
        var exchange = new Exchange(http, "req_1", _time.GetTimestamp());

        await pipe.Writer.WriteAsync(new byte[70_000], TestContext.Current.CancellationToken);
        var reading = new RequestBody(Options, room, _time).ReadAsync(exchange).AsTask();
        for (var i = 0; i < 59; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await pipe.Writer.WriteAsync(new byte[1], TestContext.Current.CancellationToken);
        }
        Assert.False(reading.IsCompleted);

        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(await reading.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
        Assert.Equal((408, "request_timeout", 0L), (http.Response.StatusCode, exchange.Outcome, room.Taken));
    }

    private static ReadOnlySequence<byte> Bytes(int count) => new(new byte[count]);

    private static Task<HttpResponseMessage> SendAsync(FrontHarness front, string secret)
    {
        const string Frame = """{"model":"gpt-4.1","messages":[{"role":"user","content":""}]}""";
        var content = Frame.Replace("\"\"", $"\"{new string('x', Large - Frame.Length)}\"", StringComparison.Ordinal);
        return front.SendAsync(new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions")
        {
            Content = new StringContent(content, Encoding.UTF8, "application/json"),
            Headers = { { "Authorization", $"Bearer {secret}" } },
        });
    }

    private static async Task<string?> CodeAsync(HttpResponseMessage response) => (await FrontHarness.JsonAsync(response)).GetProperty("error").GetProperty("code").GetString();

    private sealed class PipedBody(PipeReader reader) : IRequestBodyPipeFeature
    {
        public PipeReader Reader => reader;
    }
}
