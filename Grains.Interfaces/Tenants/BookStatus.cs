using System.Text.Json.Serialization;

namespace OrleansGateway;

/// <summary>How a tenant's book stands in its store.</summary>
[GenerateSerializer, Immutable, Alias("book-status")]
public sealed record BookStatus
{
    /// <summary>Whether the tenant is served.</summary>
    [Id(0)]
    public required BookState State { get; init; }

    /// <summary>How many entries were written as far as anyone knows; null when nobody does.</summary>
    [Id(1)]
    public long? Known { get; init; }

    /// <summary>How many entries the store has; null when it did not say.</summary>
    [Id(2)]
    public long? Found { get; init; }

    /// <summary>Since when it is not served.</summary>
    [Id(3)]
    public DateTimeOffset? Since { get; init; }

    /// <summary>What is wrong.</summary>
    [Id(4)]
    public string? Problem { get; init; }

    /// <summary>What an operator does about it.</summary>
    [Id(5)]
    public string? Action { get; init; }

    /// <summary>The newest recovery in the book.</summary>
    [Id(6)]
    public BookRecovery? Recovery { get; init; }
}

/// <summary>Whether a tenant's book is served.</summary>
[GenerateSerializer, Alias("book-state"), JsonConverter(typeof(CamelCaseEnumConverter<BookState>))]
public enum BookState
{
    /// <summary>It is as was written.</summary>
    Ok,

    /// <summary>The store does not answer or takes no writes; it resumes by itself.</summary>
    Unavailable,

    /// <summary>The store has lost a part of it: closed until it is restored or an operator accepts the loss.</summary>
    Frozen,
}

/// <summary>How a book went on after its store had lost a part of it.</summary>
/// <param name="At">When.</param>
/// <param name="Known">How many entries were known.</param>
/// <param name="Found">How many the store had left.</param>
/// <param name="From">What it went on from: <c>replay</c>, <c>memory</c>, <c>snapshot</c> or <c>book</c>.</param>
/// <param name="Reason">Why the operator accepted it.</param>
/// <param name="Actor">Who signs for it.</param>
/// <param name="Store">The mark of the store it went on in, where stores are marked.</param>
[GenerateSerializer, Immutable, Alias("book-recovery")]
public sealed record BookRecovery(
    [property: Id(0)] DateTimeOffset At,
    [property: Id(1)] long? Known,
    [property: Id(2)] long Found,
    [property: Id(3)] string From,
    [property: Id(4)] string Reason,
    [property: Id(5)] string Actor,
    [property: Id(6)] string? Store)
{
    /// <summary><see cref="From"/> of a book whose lost entries were written again.</summary>
    public const string Replay = "replay";
}
