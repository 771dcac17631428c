namespace OrleansGateway.Simulator;

/// <summary>How one call is to be answered; everything unset means a healthy upstream.</summary>
/// <remarks>
/// A chunk is one <c>data:</c> event of a stream, counted from 0 with the role chunk first; "after N chunks" means N of them were sent.
/// This is one long list on purpose: each property is one line of the script language.
/// </remarks>
public sealed record SimulatorScript
{
    /// <summary>A healthy upstream.</summary>
    public static SimulatorScript Plain { get; } = new();

    // Time.
    /// <summary>Wait before the headers.</summary>
    public int LatencyMs { get; init; }
    /// <summary>Wait between the headers and the first chunk.</summary>
    public int TtftMs { get; init; }
    /// <summary>Pace of a stream; 0 is as fast as it goes.</summary>
    public double TokensPerSecond { get; init; }
    /// <summary>Wait before each chunk; a JSON answer is sent in eight pieces with this wait between.</summary>
    public int ChunkDelayMs { get; init; }
    /// <summary>Wait at this gate until it is opened.</summary>
    public string? Gate { get; init; }
    /// <summary>Wait at the gate after this many chunks instead of before the headers.</summary>
    public int? GateAfterChunks { get; init; }

    // What the model did.
    /// <summary>A text answer of exactly so many tokens, capped by the request.</summary>
    public int? OutputTokens { get; init; }
    /// <summary>Let the answer pass the request's cap.</summary>
    public bool IgnoreMaxTokens { get; init; }
    /// <summary>Prompt tokens that came from the cache.</summary>
    public int CachedTokens { get; init; }
    /// <summary>Completion tokens nobody sees, before and on top of the visible ones.</summary>
    public int ReasoningTokens { get; init; }
    /// <summary>More choices than asked for; neither reported nor billed.</summary>
    public int ExtraChoices { get; init; }
    /// <summary>Send the first choice a second time under its index.</summary>
    public bool DuplicateChoices { get; init; }
    /// <summary>Answer embeddings as float arrays whatever was asked.</summary>
    public bool IgnoreBase64 { get; init; }

    // Usage and bill.
    /// <summary>How the usage is reported.</summary>
    public UsageShape Usage { get; init; }
    /// <summary>Never bill this call.</summary>
    public bool NotBilled { get; init; }
    /// <summary>Bill the whole answer although the call fails.</summary>
    public bool BillAnyway { get; init; }
    /// <summary>Report the usage in the error's body, or in one more chunk before the error event.</summary>
    public bool UsageInError { get; init; }

    // Refusals.
    /// <summary>Answer with this status and an error body.</summary>
    public int? Status { get; init; }
    /// <summary>The error's code.</summary>
    public string? ErrorCode { get; init; }
    /// <summary>The error's type.</summary>
    public string? ErrorType { get; init; }
    /// <summary>The error's message.</summary>
    public string? ErrorMessage { get; init; }
    /// <summary>This body instead of an OpenAI-shaped error.</summary>
    public string? RawBody { get; init; }
    /// <summary>The content type of <see cref="RawBody"/>.</summary>
    public string? ContentType { get; init; }
    /// <summary>The header as it stands.</summary>
    public string? RetryAfter { get; init; }
    /// <summary>Answer 307 to there.</summary>
    public string? RedirectTo { get; init; }
    /// <summary>A web page with status 200.</summary>
    public bool HtmlWith200 { get; init; }
    /// <summary>An error body with status 200.</summary>
    public bool ErrorIn200 { get; init; }

    // Broken connections.
    /// <summary>Abort after reading the request.</summary>
    public bool CloseBeforeHeaders { get; init; }
    /// <summary>Say nothing until the caller hangs up.</summary>
    public bool NoHeaders { get; init; }
    /// <summary>Abort after so many bytes of body.</summary>
    public long? CutAfterBytes { get; init; }
    /// <summary>Fall silent after so many bytes of body, until the caller hangs up.</summary>
    public long? HangAfterBytes { get; init; }
    /// <summary>Abort after so many chunks.</summary>
    public int? CutAfterChunks { get; init; }
    /// <summary>End properly after so many chunks, without <c>[DONE]</c>.</summary>
    public int? CleanEndAfterChunks { get; init; }
    /// <summary>Fall silent after so many chunks, until the caller hangs up.</summary>
    public int? HangAfterChunks { get; init; }
    /// <summary>Send an error event after so many chunks and end; 0 is before the first token.</summary>
    public int? ErrorEventAt { get; init; }
    /// <summary>Break the chunked transfer coding after the headers or, in a stream, after two chunks.</summary>
    public bool BadChunkFraming { get; init; }

    // Broken content.
    /// <summary>Half a JSON answer without any framing, then a clean close.</summary>
    public bool TruncatedJson { get; init; }
    /// <summary>Bytes that are not UTF-8 inside the answer's text.</summary>
    public bool InvalidUtf8 { get; init; }
    /// <summary>A gzipped answer that unpacks to so many bytes.</summary>
    public int GzipBombBytes { get; init; }
    /// <summary>One more header of this size.</summary>
    public int BigHeaderBytes { get; init; }
    /// <summary>Make the first chunk with text this big.</summary>
    public int BigEventBytes { get; init; }
    /// <summary>Cut the JSON of this chunk in half.</summary>
    public int? MalformedChunkAt { get; init; }
    /// <summary>Answer a stream to a request that did not ask for one.</summary>
    public bool SseForJson { get; init; }
    /// <summary>Answer JSON to a request that asked for a stream.</summary>
    public bool JsonForSse { get; init; }

    // Odd but legal event streams.
    /// <summary>Leave <c>[DONE]</c> out.</summary>
    public bool OmitDone { get; init; }
    /// <summary>Leave the last event's blank line out.</summary>
    public bool OmitLastBlankLine { get; init; }
    /// <summary>How lines end.</summary>
    public LineEnding LineEnding { get; init; }
    /// <summary>Begin with a byte order mark.</summary>
    public bool Bom { get; init; }
    /// <summary>A comment before each event.</summary>
    public bool Comments { get; init; }
    /// <summary>Spread each event's JSON over several <c>data:</c> lines.</summary>
    public bool MultiLineData { get; init; }
    /// <summary><c>data:{</c> instead of <c>data: {</c>.</summary>
    public bool NoSpaceAfterColon { get; init; }
    /// <summary>Send and flush each byte on its own.</summary>
    public bool SplitBytes { get; init; }
}
