using System.Collections.Immutable;

namespace OrleansGateway;

/// <summary>Tells one request's story, from what an activation knows and what its book says.</summary>
internal sealed class RequestReports(IBook book, TenantAccount account, Refusals refusals, SearchTurns turns)
{
    /// <summary>Null when there is no such request, or it was refused too long ago. All that was decided must be in the book.</summary>
    public async Task<RequestReport?> FindAsync(string requestId, long count)
    {
        if (account.Policy is not { } policy || RequestIdFormat.TimeOf(requestId) is not { } at) return null;
        if (refusals.Find(requestId) is { } refusal) return Report(policy.Id, requestId, refusal);

        var open = account.Holds.Where(hold => hold.Id.RequestId == requestId).Select(hold => new UnendedHold(hold.Entry, hold.InSuspense)).ToList();
        var later = account.LateEndings.All.Where(ending => ending.Request == requestId).Select(ending => ending.At)
            .Concat(account.Adjustments.All.Where(adjustment => adjustment.RequestId == requestId).Select(adjustment => adjustment.At))
            .ToList();

        var search = new RequestSearch(book, policy.Id, requestId, count);
        // Off the grain's turns: those are for deciding.
        await turns.SearchAsync(requestId, async () =>
        {
            await Task.Run(() => SearchAsync(search, at, open, later));
            return open.Count > 0 || search.Found.Count > 0;
        });
        return Report(policy.Id, requestId, search, open);
    }

    private static async Task SearchAsync(RequestSearch search, DateTimeOffset at, List<UnendedHold> open, List<DateTimeOffset> later)
    {
        await search.FindHoldsAsync(at, open);
        if (open.Count == 0 && search.Found.Count == 0) return;
        foreach (var instant in later) await search.FindAtAsync(instant);
        if (search.Found.Values.Any(entry => entry is BookEntry.Held) && !search.IsWhole(open)) await search.FindEndingsAnywhereAsync(open);
    }

    private static RequestReport Report(string tenantId, string requestId, in Refusal refusal) => new()
    {
        Id = requestId,
        Tenant = tenantId,
        Decision = new RequestDecision.Refused
        {
            At = refusal.At,
            KeyId = refusal.KeyId,
            User = refusal.User,
            Model = refusal.Model,
            Outcome = refusal.Outcome,
            Api = refusal.Api,
        },
        Holds = [],
        Entries = [],
    };

    private static RequestReport? Report(string tenantId, string requestId, RequestSearch search, List<UnendedHold> open)
    {
        var held = search.Found.Values.OfType<BookEntry.Held>().Concat(open.Select(hold => hold.Entry)).DistinctBy(entry => entry.Attempt).OrderBy(entry => entry.Attempt).ToList();
        var entries = search.Found.Select(found => LedgerReader.ToLedger(found.Key, found.Value)).OfType<LedgerEntry>().ToImmutableArray();
        if (held.Count == 0 && entries.IsEmpty) return null;

        return new RequestReport
        {
            Id = requestId,
            Tenant = tenantId,
            Decision = held.Count > 0 ? Decision(held[0]) : null,
            Holds = [.. held.Select((entry, i) => new HoldReport
            {
                Attempt = entry.Attempt,
                At = entry.At,
                AmountUsd = entry.Amount,
                Deadline = entry.Deadline,
                State = Status(entry.Attempt, search, open),
                Decision = i == 0 ? null : Decision(entry),
            })],
            Entries = entries,
        };
    }

    private static HoldStatus Status(int attempt, RequestSearch search, List<UnendedHold> open)
    {
        // What the book says is newer than what this activation knew when the search began.
        var endings = search.Found.Values.OfType<BookEntry.OfHold>().Where(entry => entry.Attempt == attempt).ToList();
        if (endings.Exists(entry => entry is BookEntry.Posted)) return HoldStatus.Posted;
        if (endings.Exists(entry => entry is BookEntry.Voided)) return HoldStatus.Void;
        return endings.Exists(entry => entry is BookEntry.Suspended) || open.Exists(hold => hold.Attempt == attempt && hold.InSuspense) ? HoldStatus.Suspense : HoldStatus.Pending;
    }

    private static RequestDecision.Admitted Decision(BookEntry.Held held) => new()
    {
        At = held.At,
        KeyId = held.KeyId,
        User = held.User,
        Model = held.Decision?.Asked ?? held.Model,
        InputTokens = held.InputTokens,
        OutputTokens = held.OutputTokens,
        OutputCapped = held.CapOutput,
        Choices = held.Choices,
        Needed = held.Amount,
        Route = held.Decision?.Route,
        Targets = [.. (held.Decision?.Targets ?? []).Select(target => new DecidedTarget(target.Provider, target.Model, target.PriceVersion))],
        Budgets = [.. (held.Decision?.Budgets ?? []).Select(budget => Budget(held, budget))],
    };

    private static DecidedBudget Budget(BookEntry.Held held, in HeldBudget budget) => new()
    {
        Scope = budget.Scope switch { HeldBudget.Key => ScopeName.OfKey(held.KeyId!), HeldBudget.User => ScopeName.OfUser(held.User!), _ => ScopeName.Tenant },
        Window = budget.Window,
        Mode = budget.Soft ? BudgetMode.Soft : BudgetMode.Hard,
        LimitUsd = budget.Limit,
        RaisedUsd = budget.Raised,
        RolledOverUsd = budget.RolledOver,
        CountedBeforeUsd = budget.Counted,
        CountedAfterUsd = budget.Counted + held.Amount,
    };
}
