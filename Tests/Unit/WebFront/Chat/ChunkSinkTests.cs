using System.IO.Pipelines;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Time.Testing;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests;

public sealed class ChunkSinkTests : IDisposable
{
    private static readonly byte[] Event = Encoding.UTF8.GetBytes("data: 1\n\n");

    private readonly FakeTimeProvider _time = new();
    private readonly DefaultHttpContext _http = new();
    private readonly Lifetime _lifetime = new();
    private readonly Pipe _pipe = new(new PipeOptions(pauseWriterThreshold: 20, resumeWriterThreshold: 10, useSynchronizationContext: false));

    public ChunkSinkTests()
    {
        _http.Features.Set<IHttpResponseBodyFeature>(new Body(_pipe.Writer));
        _http.Features.Set<IHttpRequestLifetimeFeature>(_lifetime);
    }

    [Fact]
    public async Task Batches_are_written_once_and_in_order()
    {
        var sink = Sink();
        Assert.True(await sink.Push(0, FakeProviderGrain.Head, Event));
        Assert.True(await sink.Push(0, FakeProviderGrain.Head, Event));
        Assert.Equal("text/event-stream", _http.Response.ContentType);
        Assert.Equal("data: 1\n\n", await ReadAsync());
        Assert.False(await sink.Push(2, null, Event));
        Assert.False(await sink.Push(1, null, Event));
    }

    [Fact]
    public async Task Nothing_is_taken_after_the_end_or_for_a_caller_who_is_gone()
    {
        var sink = Sink();
        sink.Close();
        Assert.False(await sink.Push(0, FakeProviderGrain.Head, Event));
        _lifetime.Abort();
        Assert.False(await Sink().Push(0, FakeProviderGrain.Head, Event));
    }

    [Fact]
    public async Task A_caller_who_does_not_read_is_cut_off_after_thirty_seconds()
    {
        var sink = Sink();
        Assert.True(await sink.Push(0, FakeProviderGrain.Head, Event));
        Assert.True(await sink.Push(1, null, Event));
        var slow = sink.Push(2, null, Event);
        _time.Advance(ChunkSink.WriteTimeout - TimeSpan.FromSeconds(1));
        Assert.False(slow.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.False(await slow);
        Assert.True(_lifetime.RequestAborted.IsCancellationRequested);
    }

    [Fact]
    public async Task The_short_form_holds_no_more_of_a_stream_than_an_answer_that_comes_whole_may_have()
    {
        var output = new Pipe(new PipeOptions(pauseWriterThreshold: 0, useSynchronizationContext: false));
        _http.Features.Set<IHttpResponseBodyFeature>(new Body(output.Writer));
        var exchange = new Exchange(_http, "req_1", 0);
        var sink = new ShortChunkSink(exchange, _time);
        var piece = Encoding.UTF8.GetBytes($"data: {{\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"{new string('x', MessageBounds.MostPayload / 30)}\"}}}}]}}\n\n");
        for (var i = 0; i < 30; i++) Assert.True(await sink.Push(i, FakeProviderGrain.Head, piece));

        Assert.False(await sink.Push(30, null, piece));
        Assert.False(await sink.Push(31, null, piece));
        await sink.EndAsync(FakeProviderGrain.Streamed());
        Assert.Equal(GatewayErrorKind.UpstreamInvalidResponse, exchange.Error!.Kind);
    }

    public void Dispose() => _lifetime.Dispose();

    private ChunkSink Sink() => new(new Exchange(_http, "req_1", 0), _time);

    private async Task<string> ReadAsync()
    {
        var read = await _pipe.Reader.ReadAsync(TestContext.Current.CancellationToken);
        var text = Encoding.UTF8.GetString(read.Buffer);
        _pipe.Reader.AdvanceTo(read.Buffer.End);
        return text;
    }

    private sealed class Body(PipeWriter writer) : IHttpResponseBodyFeature
    {
        public Stream Stream => Stream.Null;

        public PipeWriter Writer => writer;

        public Task CompleteAsync() => Task.CompletedTask;

        public void DisableBuffering()
        {
        }

        public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public Task StartAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;
    }

    private sealed class Lifetime : IHttpRequestLifetimeFeature, IDisposable
    {
        private readonly CancellationTokenSource _aborted = new();

        public Lifetime() => RequestAborted = _aborted.Token;

        public CancellationToken RequestAborted { get; set; }

        public void Abort() => _aborted.Cancel();

        public void Dispose() => _aborted.Dispose();
    }
}
