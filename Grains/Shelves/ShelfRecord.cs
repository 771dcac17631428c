namespace OrleansGateway;

/// <summary>What is stored of one item: the fold of the book up to a count.</summary>
internal sealed record ShelfRecord<TState>
{
    public string Key { get; init; } = "";

    /// <summary>How many entries of the book are folded in.</summary>
    public long Seq { get; init; }

    public TState? State { get; init; }
}
