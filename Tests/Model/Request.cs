using System.Runtime.InteropServices;

namespace OrleansGateway.Tests.Model;

/// <summary>
/// Where a request's asker stands: who asks for its hold, and tells its caller in the end. That is the pool, and behind it the front
/// (docs/adr/0039-the-pool-reserves.md); here it may be lost without the pool worker, and the worker without it, which covers both.
/// </summary>
internal enum Asker : byte
{
    /// <summary>Asks the tenant for a hold, sooner or later.</summary>
    Asks,

    /// <summary>The first call's outcome is unknown or it reached a stale activation: the same call, with the same hold id, once more.</summary>
    AsksAgain,

    /// <summary>Has its hold, and the pool worker calls. Should it crash now, nothing changes but that nobody is told.</summary>
    Waits,

    /// <summary>Gives back a hold that may be booked although no upstream will be called.</summary>
    Releases,

    /// <summary>Told the caller no, with nothing held: a refused request costs nothing.</summary>
    Refused,

    /// <summary>Told the caller the answer and its cost.</summary>
    Told,

    /// <summary>Crashed, or told the caller of a failure after dispatch.</summary>
    Gone,
}

/// <summary>Where a request's pool worker stands.</summary>
internal enum Pool : byte
{
    None,

    /// <summary>Has a hold that the upstream has not charged, and calls it: as often as it certainly charges nothing.</summary>
    Calls,

    /// <summary>Has the whole answer, which must be kept before it is posted: the request has a key.</summary>
    Answered,

    /// <summary>Posts until the book has it.</summary>
    Posts,

    /// <summary>The store was away too long: the caller has been told what the book will say; posts still.</summary>
    PostsLate,

    /// <summary>The upstream certainly charged nothing: gives the hold back.</summary>
    Voids,

    /// <summary>Nobody knows whether the upstream charged: the hold goes to suspense and another is asked for.</summary>
    Renews,

    /// <summary>Nothing more is tried: the hold goes to suspense.</summary>
    Suspends,

    /// <summary>Whether the next hold is there is unknown, and nothing will be sent on it: gives it back, then ends the tainted one.</summary>
    VoidsNext,

    /// <summary>Has posted and keeps the answer only now: only a mutant comes here.</summary>
    KeepsLate,

    Over,

    /// <summary>Crashed.</summary>
    Gone,
}

/// <summary>What a caller was told.</summary>
internal enum Told : byte
{
    Nothing,

    /// <summary>The answer, with what is invoiced for it.</summary>
    Cost,

    /// <summary>The answer, and that nothing is invoiced for it.</summary>
    NoCost,

    /// <summary>The answer, with what the book will say when the store is back.</summary>
    EarlyCost,

    /// <summary>Another request's answer again, at no charge.</summary>
    Replay,
}

/// <summary>Calls that nobody waits for any more and that may yet be delivered.</summary>
[Flags]
internal enum Ghosts : byte
{
    None = 0,
    Reserve = 1,
    Renew = 2,
}

/// <summary>One request: its asker, its pool worker, and what the world outside knows of it.</summary>
/// <param name="Asker">Where its asker stands.</param>
/// <param name="Pool">Where its pool worker stands.</param>
/// <param name="Try">The hold in force: 0 the first, 1 the renewed one.</param>
/// <param name="BilledFirst">How often the upstream charged on its first hold.</param>
/// <param name="BilledNext">How often on the renewed one.</param>
/// <param name="Kept">Which of its holds' answers are kept, as bits.</param>
/// <param name="Ghosts">Calls of its that are still on their way although nobody waits for them.</param>
/// <param name="Told">What its caller was told.</param>
/// <param name="ToldOf">Of which hold.</param>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal readonly record struct Request(Asker Asker, Pool Pool, byte Try, byte BilledFirst, byte BilledNext, byte Kept, Ghosts Ghosts, Told Told, byte ToldOf)
{
    public bool AskerIsDone => Asker is Asker.Refused or Asker.Told or Asker.Gone;

    public bool PoolIsDone => Pool is Pool.None or Pool.Over or Pool.Gone;

    public int BilledOn(int which) => which == 0 ? BilledFirst : BilledNext;
}
