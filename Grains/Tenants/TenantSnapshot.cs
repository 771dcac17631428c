namespace OrleansGateway;

/// <summary>The fold of a book up to an entry, so that a new activation need not read it all.</summary>
internal sealed record TenantSnapshot
{
    /// <summary>How many entries are folded in.</summary>
    public long Seq { get; init; }

    public TenantPolicy? Policy { get; init; }

    public long Version { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset UpdatedAt { get; init; }

    public IReadOnlyList<ApiKeyRecord> Keys { get; init; } = [];

    public IReadOnlyList<ScopeState> Scopes { get; init; } = [];

    public IReadOnlyList<HoldState> Holds { get; init; } = [];

    internal sealed record ScopeState
    {
        public required string Name { get; init; }

        public required IReadOnlyList<BucketState> Windows { get; init; }
    }

    internal sealed record BucketState
    {
        public required BudgetWindow Window { get; init; }

        public required DateTimeOffset Start { get; init; }

        public required DateTimeOffset End { get; init; }

        public Money Settled { get; init; }

        public Money Absorbed { get; init; }

        public Money Held { get; init; }

        public Money Suspense { get; init; }

        public int AlertsRaised { get; init; }

        public static BucketState Of(BudgetBucket b) => new()
        {
            Window = b.Kind,
            Start = b.Start,
            End = b.End,
            Settled = b.Settled,
            Absorbed = b.Absorbed,
            Held = b.Held,
            Suspense = b.Suspense,
            AlertsRaised = b.AlertsRaised,
        };

        public BudgetBucket ToBucket() => new(Window, Start, End)
        {
            Settled = Settled,
            Absorbed = Absorbed,
            Held = Held,
            Suspense = Suspense,
            AlertsRaised = AlertsRaised,
        };
    }

    internal sealed record HoldState
    {
        public required BookEntry.Held Entry { get; init; }

        public bool InSuspense { get; init; }
    }
}
