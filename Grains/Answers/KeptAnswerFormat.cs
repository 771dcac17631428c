using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace OrleansGateway;

/// <summary>
/// A kept answer as bytes: the length of a head, the head in JSON, then the body or the events as they are. As in the books, fields of the head
/// may be added, and none ever changes its meaning.
/// </summary>
internal static class KeptAnswerFormat
{
    public static ReadOnlyMemory<byte> Write(KeptAnswer kept)
    {
        var head = JsonSerializer.SerializeToUtf8Bytes(HeadOf(kept), KeptAnswerJson.Default.KeptAnswerHead);
        var body = kept.Answer is ProviderAnswer.Completed completed ? completed.Body : kept.Events;
        var bytes = new byte[sizeof(int) + head.Length + body.Length];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, head.Length);
        head.CopyTo(bytes, sizeof(int));
        body.CopyTo(bytes.AsMemory(sizeof(int) + head.Length));
        return bytes;
    }

    /// <summary>Throws <see cref="StoreUnavailableException"/> when the bytes are no answer.</summary>
    public static KeptAnswer Read(StoredAnswer stored)
    {
        try
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(stored.Bytes.Span);
            var head = JsonSerializer.Deserialize(stored.Bytes.Span.Slice(sizeof(int), length), KeptAnswerJson.Default.KeptAnswerHead)
                ?? throw new StoreUnavailableException($"The head of the answer kept for {stored.Hold} is null.");
            return Read(head, stored.Bytes[(sizeof(int) + length)..]);
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or ArgumentOutOfRangeException)
        {
            throw new StoreUnavailableException($"The answer kept for {stored.Hold} cannot be read.", e);
        }
    }

    private static KeptAnswerHead HeadOf(KeptAnswer kept) => new()
    {
        For = kept.For,
        Held = kept.Held,
        Posting = kept.Posting,
        CostAt = kept.CostAt,
        Kind = kept.Answer switch
        {
            ProviderAnswer.Completed => KeptAnswerKind.Completed,
            ProviderAnswer.Streamed => KeptAnswerKind.Streamed,
            ProviderAnswer.Failed => KeptAnswerKind.Failed,
            _ => KeptAnswerKind.TooLarge,
        },
        By = (kept.Answer as ProviderAnswer.Completed)?.By ?? (kept.Answer as ProviderAnswer.Streamed)?.By ?? (kept.Answer as ProviderAnswer.Failed)?.By,
        Took = (kept.Answer as ProviderAnswer.Completed)?.Took ?? (kept.Answer as ProviderAnswer.Streamed)?.Took,
        Failure = kept.Answer is ProviderAnswer.Failed failed
            ? new KeptFailure(failed.Kind, failed.Begun, failed.Message, failed.Param, failed.Code)
            : null,
    };

    private static KeptAnswer Read(KeptAnswerHead head, ReadOnlyMemory<byte> body)
    {
        var posting = head.Posting;
        ProviderAnswer? answer = head switch
        {
            { Kind: KeptAnswerKind.Completed, By: { } by } => new ProviderAnswer.Completed(by, body, posting.Usage, default, posting.Outcome) { Took = head.Took },
            { Kind: KeptAnswerKind.Streamed, By: { } by } => new ProviderAnswer.Streamed(by, posting.Usage, default, posting.Outcome) { Took = head.Took },
            { Kind: KeptAnswerKind.Failed, By: { } by, Failure: { } failure } => new ProviderAnswer.Failed
            {
                Kind = failure.Kind,
                By = by,
                Begun = failure.Begun,
                Message = failure.Message,
                Param = failure.Param,
                Code = failure.Code,
                Outcome = posting.Outcome,
            },
            _ => null,
        };
        return new KeptAnswer(head.For, head.Held, posting, answer, answer is ProviderAnswer.Completed ? default : body, head.CostAt);
    }
}

/// <summary>What a kept answer is.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<KeptAnswerKind>))]
internal enum KeptAnswerKind
{
    /// <summary>It was too large: nothing but its posting is kept.</summary>
    TooLarge,

    /// <summary>A whole answer.</summary>
    Completed,

    /// <summary>A stream that ran to its end.</summary>
    Streamed,

    /// <summary>A failure that was charged.</summary>
    Failed,
}

/// <summary>The head of a kept answer.</summary>
internal sealed record KeptAnswerHead
{
    public required KeptAnswerKind Kind { get; init; }

    public required KeepAnswer For { get; init; }

    public required Money Held { get; init; }

    public required Posting Posting { get; init; }

    public AnsweredBy? By { get; init; }

    public TimeSpan? Took { get; init; }

    public int? CostAt { get; init; }

    public KeptFailure? Failure { get; init; }
}

/// <summary>What a caller is told of a failure.</summary>
internal sealed record KeptFailure(UpstreamFailureKind Kind, bool Begun, string? Message, string? Param, string? Code);

/// <summary>How heads are written.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UseStringEnumConverter = true)]
[JsonSerializable(typeof(KeptAnswerHead))]
internal sealed partial class KeptAnswerJson : JsonSerializerContext;
