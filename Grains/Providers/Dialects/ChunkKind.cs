namespace OrleansGateway;

/// <summary>What a stream's event is.</summary>
internal enum ChunkKind
{
    /// <summary>For the caller, as it is.</summary>
    Content,

    /// <summary>Usage and nothing else: held back until it is posted.</summary>
    Usage,

    /// <summary>The end, held back as well: <c>[DONE]</c>, <c>response.completed</c>, <c>message_stop</c>.</summary>
    Done,

    /// <summary>The end of an answer that says itself that it failed: <c>response.failed</c>.</summary>
    Failed,

    /// <summary>The upstream gave up.</summary>
    Error,

    /// <summary>Not a chunk at all.</summary>
    Bad,
}
