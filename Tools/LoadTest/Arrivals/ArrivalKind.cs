namespace OrleansGateway.LoadTest;

/// <summary>How calls follow one another.</summary>
internal enum ArrivalKind
{
    /// <summary>As callers come who know nothing of one another: now two at once, now none for a while.</summary>
    Poisson,

    /// <summary>At even steps.</summary>
    Even,
}
