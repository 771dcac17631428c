using System.ClientModel.Primitives;
using System.Collections.Concurrent;
using System.Text.Json.Nodes;

namespace OrleansGateway.Tests.EndToEnd.Sdks;

/// <summary>Sits below the SDK's retries: sees every request that it sends and every answer that it gets.</summary>
internal sealed class Tries : PipelinePolicy
{
    private readonly TaskCompletionSource _refused = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Takes <c>stream_options</c> out of requests: the SDK always asks for the usage of a stream.</summary>
    public bool WithoutStreamOptions { get; init; }

    /// <summary>Completes with the first 429.</summary>
    public Task Refused => _refused.Task;

    public ConcurrentQueue<JsonNode> Sent { get; } = new();

    public ConcurrentQueue<Answer> Answers { get; } = new();

    public override void Process(PipelineMessage message, IReadOnlyList<PipelinePolicy> pipeline, int currentIndex) => throw new NotSupportedException();

    public override async ValueTask ProcessAsync(PipelineMessage message, IReadOnlyList<PipelinePolicy> pipeline, int currentIndex)
    {
        if (message.Request.Content is { } content) message.Request.Content = System.ClientModel.BinaryContent.Create(await SeeAsync(content));
        await ProcessNextAsync(message, pipeline, currentIndex);
        var headers = message.Response!.Headers;
        Answers.Enqueue(new Answer(message.Response.Status, Header(headers, "retry-after"), Header(headers, "x-should-retry")));
        if (message.Response.Status == 429) _refused.TrySetResult();
    }

    private async Task<BinaryData> SeeAsync(System.ClientModel.BinaryContent content)
    {
        using var bytes = new MemoryStream();
        await content.WriteToAsync(bytes);
        var body = JsonNode.Parse(bytes.ToArray())!;
        Sent.Enqueue(body.DeepClone());
        if (WithoutStreamOptions) Assert.True(body.AsObject().Remove("stream_options"));
        return BinaryData.FromString(body.ToJsonString());
    }

    private static string? Header(PipelineResponseHeaders headers, string name) => headers.TryGetValue(name, out var value) ? value : null;

    internal sealed record Answer(int Status, string? RetryAfter, string? ShouldRetry);
}
