using System.Runtime.InteropServices;

namespace OrleansGateway.Tests.Model;

/// <summary>What there is in one of the two places where the tenant may be activated.</summary>
internal enum Place : byte
{
    Empty,
    Live,

    /// <summary>The activation is gone; its append may still reach the store.</summary>
    Orphan,
}

/// <summary>
/// One activation of the tenant: the book as it knows it, its own decisions included, and the append it waits for. Fresh while nobody else has
/// appended since it read the book: its count is then the book's, and an append of one that is not is refused.
/// </summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal readonly record struct Activation(Place Place, bool Fresh, Fold View, Entry InFlight)
{
    /// <summary>Whether it can decide: one decision waits for the append of the one before.</summary>
    public bool Decides => Place == Place.Live && InFlight.IsNone;
}
