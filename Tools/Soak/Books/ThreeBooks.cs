using OrleansGateway.Simulator;

namespace OrleansGateway.Soak;

/// <summary>
/// Compares the callers' book, the gateway's ledger and the upstream's bill, at rest. They are equal when, request by request:
/// <list type="number">
/// <item>an answered call has exactly one posting, and what its caller was told is that posting to the nano-dollar;</item>
/// <item>a call that was not answered, for whatever reason, has at most one posting, and that only if the upstream has billed it;</item>
/// <item>a posting that is not an estimate is one line of the bill, tokens and money, and no line is posted twice; of an upstream that lied about
/// its usage, the posting covers the line;</item>
/// <item>an estimate, flagged as such, is no less than the line it stands for;</item>
/// <item>every line of the bill is covered: there are as many postings and suspenses as lines, at least as much money, and nothing that was void;</item>
/// <item>a hold ends once, and a refused call costs nothing in any book;</item>
/// <item>of all calls with one idempotency key at most one is invoiced, and whoever was given an answer again was told that one's posting.</item>
/// </list>
/// And tenant by tenant: the budget's settled, absorbed and suspense are the sums of the ledger, nothing is held, and neither what was settled nor what
/// the upstream billed is above the limit.
/// </summary>
internal sealed class ThreeBooks(IReadOnlyCollection<ClientCall> calls, IReadOnlyCollection<TenantBooks> tenants, IReadOnlyCollection<BilledCall> bill)
{
    /// <summary>The most calls of a run whose books can be compared: the simulator remembers no more lines of its bill.</summary>
    public const int MostCalls = Bill.Capacity;

    private readonly List<string> _violations = [];

    /// <summary>Every way in which they differ; empty when they are equal.</summary>
    public IReadOnlyList<string> Compare()
    {
        var billed = bill.ToLookup(b => b.RequestId ?? "");
        var callsById = calls.Where(c => c.BookedAs is not null).ToLookup(c => c.BookedAs!);
        var lostByUser = calls.Where(c => c.BookedAs is null).ToLookup(c => c.Plan.User);
        var known = new HashSet<string>();
        foreach (var tenant in tenants)
        {
            foreach (var request in tenant.Ledger.GroupBy(l => l.RequestId))
            {
                known.Add(request.Key);
                List<ClientCall> heard = [.. callsById[request.Key]];
                if (heard.Count == 0) heard.AddRange(request.Select(l => l.User).OfType<string>().Take(1).SelectMany(user => lostByUser[user]).Take(1));
                CompareRequest($"{tenant.Tenant} {request.Key}", [.. request], [.. billed[request.Key]], heard);
            }
            CompareKeys(tenant);
            CompareTenant(tenant, billed);
        }

        foreach (var call in calls.Where(c => c.Answered && !known.Contains(c.BookedAs!))) Say($"{call} is in no ledger");
        foreach (var line in bill.Where(b => !known.Contains(b.RequestId ?? ""))) Say($"{line.RequestId} was billed {UpstreamPrices.CostOf(line)} and is in no ledger");
        return _violations;
    }

    private void CompareRequest(string name, List<LedgerLine> lines, List<BilledCall> billed, List<ClientCall> heard)
    {
        var call = heard.FirstOrDefault();
        var endings = lines.GroupBy(l => l.Attempt).Select(a => a.OrderBy(l => l.Seq).Last()).ToList();
        foreach (var attempt in lines.GroupBy(l => l.Attempt))
        {
            if (attempt.Count(l => !l.IsSuspense) > 1 || attempt.Count(l => l.IsSuspense) > 1)
                Say($"{name}: the hold of attempt {attempt.Key} ended more than once: {string.Join(", ", attempt.Select(l => l.Kind))}");
        }

        var postings = endings.Where(l => l.IsPosting).ToList();
        var suspense = endings.Where(l => l.IsSuspense).ToList();
        if (postings.Count > 1) Say($"{name}: {postings.Count} postings for one request");
        foreach (var one in heard)
        {
            if (one.Answered && postings.Count != 1) Say($"{name}: answered, but {postings.Count} postings ({one})");
            if (one.ToldUsd is { } told && told != postings.Sum(p => p.CostUsd)) Say($"{name}: the caller was told {told}, the ledger says {postings.Sum(p => p.CostUsd)} ({one})");
            if (one.Refused && (postings.Count > 0 || billed.Count > 0)) Say($"{name}: refused, but posted {postings.Sum(p => p.CostUsd)} and billed {billed.Count} times ({one})");
        }

        var lied = call?.Plan.UsageLies ?? false;
        var unmatched = new List<BilledCall>(billed);
        foreach (var posting in postings) Match(name, posting, unmatched, lied, call);
        if (unmatched.Count > suspense.Count)
            Say($"{name}: {billed.Count} lines on the bill, {postings.Count} postings and {suspense.Count} suspenses "
                + $"({string.Join(", ", endings.Select(e => $"{e.Attempt} {e.Kind} {e.Outcome}"))}; {call})");
        var covered = postings.Sum(p => p.CostUsd + p.AbsorbedUsd) + suspense.Sum(s => s.AbsorbedUsd);
        if (billed.Sum(UpstreamPrices.CostOf) > covered) Say($"{name}: billed {billed.Sum(UpstreamPrices.CostOf)}, but posted and in suspense are {covered} ({call})");
    }

    private void Match(string name, LedgerLine posting, List<BilledCall> unmatched, bool lied, ClientCall? call)
    {
        var line = unmatched.Find(b => IsExactly(posting, b)) ?? unmatched.Find(b => b.Model == posting.Model);
        if (line is null)
        {
            if (posting.CostUsd > 0) Say($"{name}: posted {posting.CostUsd} ({posting.Outcome}), but the upstream has not billed it ({call})");
            return;
        }

        unmatched.Remove(line);
        if (posting.Estimated || lied)
        {
            if (posting.CostUsd + posting.AbsorbedUsd < UpstreamPrices.CostOf(line))
                Say($"{name}: {posting.Outcome} is posted as {posting.CostUsd} + {posting.AbsorbedUsd} ({posting.InputTokens} + {posting.OutputTokens} tokens), "
                    + $"below the {UpstreamPrices.CostOf(line)} on the bill ({line.InputTokens} + {line.OutputTokens}; {call})");
        }
        else if (!IsExactly(posting, line))
        {
            Say($"{name}: posted {posting.InputTokens}/{posting.CachedInputTokens}/{posting.OutputTokens} tokens of {posting.Model} for {posting.CostUsd}, "
                + $"billed {line.InputTokens}/{line.CachedInputTokens}/{line.OutputTokens} for {UpstreamPrices.CostOf(line)} ({call})");
        }
    }

    private static bool IsExactly(LedgerLine posting, BilledCall line) =>
        line.Model == posting.Model && line.InputTokens == posting.InputTokens && line.CachedInputTokens == posting.CachedInputTokens
        && line.OutputTokens == posting.OutputTokens && UpstreamPrices.CostOf(line) == posting.CostUsd + posting.AbsorbedUsd;

    private void CompareKeys(TenantBooks tenant)
    {
        foreach (var keyed in calls.Where(c => c.Plan.Keyed && c.Tenant == tenant.Tenant).GroupBy(c => c.Plan.Key))
        {
            var ids = keyed.Select(c => c.BookedAs).OfType<string>().ToHashSet();
            var invoiced = tenant.Ledger.Where(l => l.IsPosting && l.CostUsd > 0 && (ids.Contains(l.RequestId) || l.User == keyed.First().Plan.User)).ToList();
            if (invoiced.Count > 1) Say($"{tenant.Tenant} {keyed.Key}: invoiced {invoiced.Count} times: {string.Join(", ", invoiced.Select(l => $"{l.RequestId}/{l.Attempt}"))}");
        }
    }

    private void CompareTenant(TenantBooks tenant, ILookup<string, BilledCall> billed)
    {
        var endings = tenant.Ledger.GroupBy(l => (l.RequestId, l.Attempt)).Select(a => a.OrderBy(l => l.Seq).Last()).ToList();
        var budget = tenant.Budget;
        Equal("settled", budget.SettledUsd, endings.Where(l => l.IsPosting).Sum(l => l.CostUsd));
        Equal("absorbed", budget.AbsorbedUsd, endings.Where(l => l.IsPosting).Sum(l => l.AbsorbedUsd));
        Equal("suspense", budget.SuspenseUsd, endings.Where(l => l.IsSuspense).Sum(l => l.AbsorbedUsd));
        Equal("held", budget.HeldUsd, 0);
        Equal("open reservations", tenant.OpenReservations, 0);
        var charged = endings.Select(l => l.RequestId).Distinct().SelectMany(id => billed[id]).Sum(UpstreamPrices.CostOf);
        if (budget.SettledUsd > budget.LimitUsd) Say($"{tenant.Tenant}: {budget.SettledUsd} is settled, above the limit of {budget.LimitUsd}");
        if (charged > budget.LimitUsd) Say($"{tenant.Tenant}: the upstream billed {charged}, above the limit of {budget.LimitUsd}");

        void Equal(string what, decimal said, decimal summed)
        {
            if (said != summed) Say($"{tenant.Tenant}: {what} is {said}, but {summed} by the ledger");
        }
    }

    private void Say(string violation) => _violations.Add(violation);
}
