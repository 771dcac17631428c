namespace OrleansGateway;

/// <summary>
/// When holds ended whose ending stands far from them in the book: suspense that was resolved later, or a deadline that passed while the tenant
/// was asleep. A fold of the book that goes with its snapshot. Bounded: oldest out.
/// </summary>
internal sealed class LateEndings
{
    private const int Capacity = 10_000;

    private readonly Queue<LateEnding> _endings = [];

    public IReadOnlyCollection<LateEnding> All => _endings;

    /// <summary>Until when a hold's ending is looked for in the entries after the hold: what is later is remembered here.</summary>
    public static DateTimeOffset NotBefore(BookEntry.Held hold) => hold.Deadline + BookSearch.ClockMargin;

    public void Note(Hold hold, DateTimeOffset at)
    {
        if (at > NotBefore(hold.Entry)) Remember(new LateEnding(hold.Id.RequestId, at));
    }

    public void Remember(LateEnding ending)
    {
        _endings.Enqueue(ending);
        if (_endings.Count > Capacity) _endings.Dequeue();
    }
}

/// <summary>A request of which an entry was written late, and when.</summary>
internal readonly record struct LateEnding(string Request, DateTimeOffset At);
