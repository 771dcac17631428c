using System.Text.Json;
using System.Text.Json.Serialization;

namespace OrleansGateway;

/// <summary>
/// One entry of a tenant's book, as JSON. Its fields are the whole truth: a tenant's state is the fold of its entries and nothing else.
/// Fields may be added; a field's name and meaning never change, for old books must be readable for ever.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(PolicySet), "policy")]
[JsonDerivedType(typeof(KeySet), "key")]
[JsonDerivedType(typeof(UserSet), "user")]
[JsonDerivedType(typeof(Held), "held")]
[JsonDerivedType(typeof(Posted), "posted")]
[JsonDerivedType(typeof(Voided), "void")]
[JsonDerivedType(typeof(Suspended), "suspense")]
[JsonDerivedType(typeof(Adjusted), "adjusted")]
[JsonDerivedType(typeof(Recovered), "recovered")]
[JsonDerivedType(typeof(Alerted), "alerted")]
internal abstract record BookEntry
{
    private BookEntry() { }

    /// <summary>When it was decided.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>The entry's bytes in the store.</summary>
    public ReadOnlyMemory<byte> ToBytes() => EntryWriter.TryWrite(this) ?? JsonSerializer.SerializeToUtf8Bytes(this, BookJson.Default.BookEntry);

    /// <summary>An entry from the store's bytes; throws <see cref="StoreUnavailableException"/> when they are not one.</summary>
    public static BookEntry Parse(RawEntry raw)
    {
        try
        {
            return PostedReader.TryRead(raw.Bytes.Span) ?? JsonSerializer.Deserialize(raw.Bytes.Span, BookJson.Default.BookEntry)
                ?? throw new StoreUnavailableException($"Entry {raw.Seq} of the book is null.") { IsLoss = true };
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            throw new StoreUnavailableException($"Entry {raw.Seq} of the book cannot be read.", e) { IsLoss = true };
        }
    }

    /// <summary>An operator opened the tenant or changed its policy.</summary>
    public sealed record PolicySet : BookEntry
    {
        public required TenantPolicy Policy { get; init; }

        public required long Version { get; init; }
    }

    /// <summary>A key was issued or changed.</summary>
    public sealed record KeySet : BookEntry
    {
        public required ApiKeyRecord Key { get; init; }
    }

    /// <summary>An end user got ceilings of its own, or lost them.</summary>
    public sealed record UserSet : BookEntry
    {
        public required string User { get; init; }

        /// <summary>Null when it has the tenant's defaults again.</summary>
        public ScopePolicy? Policy { get; init; }

        /// <summary>Counts the tenant's entries of this kind from 1.</summary>
        public required long Version { get; init; }
    }

    /// <summary>An operator booked money beside what requests cost.</summary>
    public sealed record Adjusted : BookEntry
    {
        public required Adjustment Adjustment { get; init; }
    }

    /// <summary>The store had lost a part of the book, and it went on.</summary>
    public sealed record Recovered : BookEntry
    {
        public required BookRecovery Recovery { get; init; }

        /// <summary>The state it went on from, which replaces that of all entries before; null when these were written again.</summary>
        public TenantSnapshot? State { get; init; }
    }

    /// <summary>Crossed thresholds were handed over to whoever tells of them.</summary>
    public sealed record Alerted : BookEntry
    {
        /// <summary>The events' ids.</summary>
        public required IReadOnlyList<string> Ids { get; init; }
    }

    /// <summary>An entry about one hold.</summary>
    public abstract record OfHold : BookEntry
    {
        private protected OfHold() { }

        public required string Request { get; init; }

        public required int Attempt { get; init; }

        public string? KeyId { get; init; }

        public string? User { get; init; }

        public string? Model { get; init; }

        [JsonIgnore]
        public HoldId Hold => new(Request, Attempt);
    }

    /// <summary>A request was admitted and its worst case is held.</summary>
    public sealed record Held : OfHold
    {
        public ModelKind ModelKind { get; init; }

        /// <summary>Null in books of releases that knew one API for each kind of model.</summary>
        public UpstreamApi? Api { get; init; }

        [JsonIgnore]
        public UpstreamApi ApiAsked => Api ?? (ModelKind == ModelKind.Embeddings ? UpstreamApi.Embeddings : UpstreamApi.Chat);

        public required Money Amount { get; init; }

        public required DateTimeOffset Deadline { get; init; }

        public required long InputTokens { get; init; }

        public required int OutputTokens { get; init; }

        public bool CapOutput { get; init; }

        public required int Choices { get; init; }

        /// <summary>The caller's idempotency key, and what was asked with it.</summary>
        public string? IdempotencyKey { get; init; }

        public string? Fingerprint { get; init; }

        /// <summary>The output tokens per choice that the amount covers, of a stream that is to be extended; null when it covers all.</summary>
        public int? HeldOutputTokens { get; init; }

        /// <summary>The first of the attempts in whose place this hold stands, because a stream went on: what is posted to one of them is meant for it.</summary>
        public int? Extends { get; init; }

        /// <summary>What it was decided on; null in books of releases that did not keep it.</summary>
        public HeldDecision? Decision { get; init; }
    }

    /// <summary>A hold became a charge.</summary>
    public sealed record Posted : OfHold
    {
        public string? Provider { get; init; }

        public required TokenUsage Usage { get; init; }

        public required Money Cost { get; init; }

        public Money Absorbed { get; init; }

        public string? PriceVersion { get; init; }

        public required string Outcome { get; init; }

        public bool Estimated { get; init; }

        /// <summary>What the upstream itself says it charges, if it says so.</summary>
        public Money? UpstreamCost { get; init; }

        /// <summary>Whether the hold was in suspense.</summary>
        public bool Resolves { get; init; }

        /// <summary>Who resolved it, when it was an operator.</summary>
        public Signature? Signature { get; init; }
    }

    /// <summary>A hold was given back.</summary>
    public sealed record Voided : OfHold
    {
        public string? Provider { get; init; }

        /// <summary>Whether the hold was in suspense.</summary>
        public bool Resolves { get; init; }

        public required string Outcome { get; init; }

        /// <summary>Who resolved it, when it was an operator.</summary>
        public Signature? Signature { get; init; }
    }

    /// <summary>Nobody knows whether the upstream charged: the hold stays counted.</summary>
    public sealed record Suspended : OfHold
    {
        public string? Provider { get; init; }

        public required Money Amount { get; init; }

        public required string Outcome { get; init; }
    }
}

/// <summary>How entries and snapshots are written: camelCase, no nulls, unknown fields ignored so that the next release may add some.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    AllowOutOfOrderMetadataProperties = true)]
[JsonSerializable(typeof(BookEntry))]
[JsonSerializable(typeof(TenantSnapshot))]
internal sealed partial class BookJson : JsonSerializerContext;
