namespace OrleansGateway;

/// <summary>One name's part of a tenant's state, kept on a <see cref="Shelf{TItem,TState}"/>. Used in its grain's turns only.</summary>
internal abstract class ShelfItem<TState>(string key)
{
    private List<ShelfItem<TState>>? _changed;

    /// <summary>The name it is kept under.</summary>
    public string Key { get; } = key;

    /// <summary>The book's count that its stored state is the fold up to: an entry up to here is in it already and must not be applied again.</summary>
    public long FoldedTo { get; private set; }

    /// <summary>Whether it may leave memory once it is stored: nothing refers to it, and nothing of it is in memory only.</summary>
    public abstract bool IsIdle { get; }

    /// <summary>What is stored of it: a copy that later changes leave as it is.</summary>
    public abstract TState ToState();

    /// <summary>Whether it changed since it was last copied.</summary>
    internal bool IsChanged { get; private set; }

    /// <summary>Whether a copy of it is on its way to the store.</summary>
    internal bool IsBeingStored { get; set; }

    /// <summary>The version of what is stored; null when nothing is.</summary>
    internal string? ETag { get; set; }

    /// <summary>The shelf's sweep since which it was not used.</summary>
    internal int UsedIn { get; set; }

    /// <summary>To be called when anything of its state changes: the next snapshot stores it.</summary>
    public void Change()
    {
        if (IsChanged) return;
        IsChanged = true;
        _changed?.Add(this);
    }

    internal void PutOn(List<ShelfItem<TState>> changed, long foldedTo, string? etag)
    {
        _changed = changed;
        FoldedTo = foldedTo;
        ETag = etag;
    }

    internal void Rebase(long seq) => FoldedTo = Math.Min(FoldedTo, seq);

    internal TState Copy()
    {
        IsChanged = false;
        IsBeingStored = true;
        return ToState();
    }
}
