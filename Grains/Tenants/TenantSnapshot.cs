using System.Text.Json.Serialization;

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

    /// <summary>The newest instant of any entry: the book's time.</summary>
    public DateTimeOffset BookTime { get; init; }

    public IReadOnlyList<ApiKeyRecord> Keys { get; init; } = [];

    /// <summary>End users with ceilings of their own; null when there are none.</summary>
    public IReadOnlyList<EndUserRecord>? Users { get; init; }

    /// <summary>How often one was changed.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long UsersVersion { get; init; }

    public IReadOnlyList<ScopeState> Scopes { get; init; } = [];

    public IReadOnlyList<HoldState> Holds { get; init; } = [];

    /// <summary>The newest adjustments, oldest first; null when there are none.</summary>
    public IReadOnlyList<Adjustment>? Adjustments { get; init; }

    /// <summary>The newest endings that stand far from their holds, oldest first; null when there are none.</summary>
    public IReadOnlyList<LateEnding>? LateEndings { get; init; }

    /// <summary>Events that are still to be handed over, oldest first; null when there are none.</summary>
    public IReadOnlyList<WebhookEvent>? Alerts { get; init; }

    /// <summary>Null when no key was used.</summary>
    public KeyStates? IdempotencyKeys { get; init; }

    internal sealed record KeyStates
    {
        /// <summary>The newest key of those that only the store of answers still knows.</summary>
        public DateTimeOffset DroppedUntil { get; init; }

        public required IReadOnlyList<KeyState> Keys { get; init; }
    }

    internal sealed record KeyState
    {
        public required string Key { get; init; }

        public required DateTimeOffset Since { get; init; }

        public required string Fingerprint { get; init; }

        public required HoldId Last { get; init; }

        public required DateTimeOffset LastAt { get; init; }

        public required KeyedState State { get; init; }

        public PostingReceipt Receipt { get; init; }

        public bool Invoiced { get; init; }

        public required int Holds { get; init; }

        public bool WasInDoubt { get; init; }
    }

    /// <summary>The newest recovery of the book; null when there was none.</summary>
    public BookRecovery? Recovery { get; init; }

    /// <summary>
    /// Whether it was saved because the store had lost a part of the book: the best record of what was spent, which a book that was restored
    /// makes void.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Frozen { get; init; }

    internal sealed record ScopeState
    {
        public required string Name { get; init; }

        public required IReadOnlyList<BucketState> Windows { get; init; }

        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
        public Money Credit { get; init; }

        /// <summary>Null when there are none.</summary>
        public IReadOnlyList<BudgetRaise>? Raises { get; init; }

        /// <summary>Thresholds that its rolling budgets stand above; null for none.</summary>
        public IReadOnlyList<RollingAlert>? RollingAlerts { get; init; }

        /// <summary>How fast it spends; null when it never did.</summary>
        public BurnState? Burn { get; init; }

        /// <summary>Events of its spending that are still to be handed over; null for none.</summary>
        public IReadOnlyList<WebhookEvent>? Pending { get; init; }
    }

    internal sealed record BucketState
    {
        public required WindowKind Window { get; init; }

        public required DateTimeOffset Start { get; init; }

        public required DateTimeOffset End { get; init; }

        public Money Settled { get; init; }

        public Money Absorbed { get; init; }

        public Money Held { get; init; }

        public Money Suspense { get; init; }

        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
        public Money Refunded { get; init; }

        /// <summary>Null for nothing where nothing was refunded either, and in snapshots of a release that did not say.</summary>
        public Money? TakenOff { get; init; }

        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
        public Money RolledOver { get; init; }

        /// <summary>Thresholds crossed in it; null for none.</summary>
        public IReadOnlyList<decimal>? Alerted { get; init; }

        /// <summary>Whether it ended and a rolling budget may still count it.</summary>
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
        public bool Past { get; init; }

        public static BucketState Of(BudgetBucket b, bool past) => new()
        {
            Past = past,
            Refunded = b.Refunded,
            TakenOff = b.TakenOff > Money.Zero || b.Refunded > Money.Zero ? b.TakenOff : null,
            RolledOver = b.RolledOver,
            Window = b.Kind,
            Start = b.Start,
            End = b.End,
            Settled = b.Settled,
            Absorbed = b.Absorbed,
            Held = b.Held,
            Suspense = b.Suspense,
            Alerted = b.Alerted,
        };

        public BudgetBucket ToBucket() => new(Window, Start, End)
        {
            Settled = Settled,
            Absorbed = Absorbed,
            Held = Held,
            Suspense = Suspense,
            Refunded = Refunded,
            TakenOff = TakenOff ?? Money.Min(Refunded, Settled),
            RolledOver = RolledOver,
            Alerted = Alerted,
        };
    }

    internal sealed record HoldState
    {
        public required BookEntry.Held Entry { get; init; }

        /// <summary>The book's time when it was made; null when that is the entry's.</summary>
        public DateTimeOffset? LandedAt { get; init; }

        public bool InSuspense { get; init; }

        /// <summary>Whether it was decided in its end user's scope too; null in snapshots of a release that did not say.</summary>
        public bool? OfUser { get; init; }

        /// <summary>The entry that put it in suspense.</summary>
        public BookEntry.Suspended? Suspense { get; init; }
    }
}
