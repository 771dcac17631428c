namespace OrleansGateway;

/// <summary>A shelf as the keeper of snapshots sees it.</summary>
internal interface IShelf
{
    /// <summary>
    /// Copies what changed since the last copy, in the turn in which the account stands exactly at a count of the book; null when nothing did.
    /// The copies before must have been settled.
    /// </summary>
    IShelfCopies? CopyChanged(long count);

    /// <summary>Counts all in memory as changed: the store may have lost any of it.</summary>
    void ChangeAll();

    /// <summary>Lets some of what is stored and not used leave memory. Looks at a bounded part of the shelf; to be called every few seconds.</summary>
    void Sweep();
}

/// <summary>Copies of a shelf's items on their way to the store.</summary>
internal interface IShelfCopies
{
    /// <summary>Stores all, in no turn of the grain; throws when one could not be stored.</summary>
    Task StoreAsync();

    /// <summary>To be called in a turn after <see cref="StoreAsync"/>, however it ended: what was not stored counts as changed.</summary>
    void Settle();
}
