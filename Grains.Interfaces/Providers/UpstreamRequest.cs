namespace OrleansGateway;

/// <summary>The caller's body as it came, and where the few things stand that the gateway may have to change in it.</summary>
[GenerateSerializer, Immutable, Alias("upstream-request")]
public sealed record UpstreamRequest
{
    /// <summary>The caller's bytes.</summary>
    [Id(0)] public required ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>What it wants done.</summary>
    [Id(1)] public UpstreamApi Api { get; init; }

    /// <summary>Where the value of <c>model</c> stands, quotes included; empty when absent.</summary>
    [Id(2)] public ByteRange Model { get; init; }

    /// <summary>Where the value of <c>stream_options</c> stands, a null included; empty when absent.</summary>
    [Id(3)] public ByteRange StreamOptions { get; init; }

    /// <summary>Where the value of an output limit (<c>max_tokens</c>, …) stands when it is null; empty otherwise.</summary>
    [Id(4)] public ByteRange NullOutputLimit { get; init; }

    /// <summary>Whether the answer is streamed.</summary>
    [Id(5)] public bool Stream { get; init; }

    /// <summary>Whether the caller of a stream asked for its usage.</summary>
    [Id(6)] public bool IncludeUsage { get; init; }

    /// <summary>Which version of the API the caller speaks (<c>anthropic-version</c>); null when that API knows no such thing.</summary>
    [Id(7)] public string? ApiVersion { get; init; }
}

/// <summary>A stretch of bytes within a body.</summary>
[GenerateSerializer, Immutable, Alias("byte-range")]
public readonly record struct ByteRange([property: Id(0)] int Start, [property: Id(1)] int Length)
{
    /// <summary>Whether it covers nothing.</summary>
    public bool IsEmpty => Length == 0;

    /// <summary>One past the last byte.</summary>
    public int End => Start + Length;
}
