namespace OrleansGateway.Tests.Model;

/// <summary>How a hold stands in a book.</summary>
internal enum HoldState : byte
{
    None,
    Pending,
    Suspense,

    /// <summary>Charged and invoiced.</summary>
    Posted,

    /// <summary>Charged and not invoiced: its key has an invoice already.</summary>
    Absorbed,

    Void,

    /// <summary>Charged twice: only a mutant comes here.</summary>
    PostedTwice,

    /// <summary>Closed by a posting whose charge is not booked yet: only a mutant comes here.</summary>
    Uncharged,
}
