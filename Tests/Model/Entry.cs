using System.Runtime.InteropServices;

namespace OrleansGateway.Tests.Model;

/// <summary>What an append says of a hold.</summary>
internal enum EntryKind : byte
{
    None,
    Held,
    Posted,
    Absorbed,
    Voided,
    Suspended,

    /// <summary>The hold is in suspense and its request's next one is held, in one append.</summary>
    Renewed,

    /// <summary>The hold has ended; its charge follows in a write of its own. Only a mutant writes this.</summary>
    Closed,
}

/// <summary>Who waits for an append.</summary>
internal enum Waiter : byte
{
    Nobody,
    FirstAsker,
    SecondAsker,
    FirstPool,
    SecondPool,
}

/// <summary>An append on its way: what it says, of which hold, and who hears what became of it.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal readonly record struct Entry(EntryKind Kind, byte Hold, Waiter Waiter)
{
    public bool IsNone => Kind == EntryKind.None;
}
