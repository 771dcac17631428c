namespace OrleansGateway;

/// <summary>
/// The steps of a request between which a process may be lost. Tests kill a process at each of them (<see cref="FailPoints"/>); a new
/// member is tested by being here.
/// </summary>
public enum FailPoint
{
    /// <summary>The pool is about to ask the tenant for a hold.</summary>
    BeforeReserve,

    /// <summary>The tenant has decided; the hold is not on its way to the book yet.</summary>
    BeforeHoldAppend,

    /// <summary>The hold is in the book; nobody has been told.</summary>
    AfterHoldAppend,

    /// <summary>The pool knows of its hold.</summary>
    AfterReserve,

    /// <summary>The pool is about to call the upstream.</summary>
    BeforeDispatch,

    /// <summary>The upstream has sent its headers.</summary>
    AfterDispatch,

    /// <summary>The first bytes of a stream are about to go to the caller.</summary>
    FirstByte,

    /// <summary>A later part of a stream has come.</summary>
    MidStream,

    /// <summary>The upstream has said everything; nothing is posted.</summary>
    UpstreamEnded,

    /// <summary>An attempt ended nobody knows how, and its hold is about to be replaced.</summary>
    BeforeRenew,

    /// <summary>The old hold is in suspense and the next one in the book; the next attempt has not begun.</summary>
    AfterRenew,

    /// <summary>An answer to be kept is about to go to the store; its call is not posted.</summary>
    BeforeKeepAnswer,

    /// <summary>The answer is kept; its call is not posted yet.</summary>
    AfterKeepAnswer,

    /// <summary>A call of the same key has been answered before, and its answer is about to be read.</summary>
    BeforeReplay,

    /// <summary>The tenant has decided how a hold ends; the entry is not on its way to the book yet.</summary>
    BeforePostAppend,

    /// <summary>The posting is in the book; nobody has been told.</summary>
    AfterPostAppend,

    /// <summary>The pool knows that its posting is booked.</summary>
    AfterPost,

    /// <summary>The answer, or a stream's end, is about to be written to the caller.</summary>
    BeforeAnswer,

    /// <summary>The answer has been handed to the caller's connection.</summary>
    AfterAnswer,

    /// <summary>A batch of entries is about to go to the store.</summary>
    BeforeStoreAppend,

    /// <summary>The store has a batch of entries before it and has not confirmed them.</summary>
    DuringStoreAppend,

    /// <summary>The store has confirmed a batch of entries; no turn has seen that yet.</summary>
    AfterStoreAppend,

    /// <summary>An activation has read an entry of its book and not yet all of them.</summary>
    DuringReplay,

    /// <summary>What is stored beside the snapshot is stored; the snapshot is not on its way.</summary>
    AfterShelves,

    /// <summary>A snapshot is about to be written.</summary>
    BeforeSnapshot,

    /// <summary>A snapshot is on its way to the store.</summary>
    DuringSnapshot,

    /// <summary>A snapshot is written.</summary>
    AfterSnapshot,

    /// <summary>The sweep has found holds past their deadline.</summary>
    BeforeSweep,

    /// <summary>The sweep's entries are in the book.</summary>
    AfterSweep,
}
