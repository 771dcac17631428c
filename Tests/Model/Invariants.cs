namespace OrleansGateway.Tests.Model;

/// <summary>What must hold in every state, and what at rest.</summary>
internal static class Invariants
{
    /// <summary>The name of an invariant that does not hold; null when all do.</summary>
    public static string? Broken(in World w, Scenario scenario)
    {
        if (w.Book.Counted > scenario.Limit) return "I1 settled + absorbed + held + suspense ≤ limit";
        if (w.Billed > scenario.Limit) return "I2 what the upstream billed ≤ limit";
        for (var hold = 0; hold < Fold.Holds; hold++)
        {
            var billed = w[hold / 2].BilledOn(hold % 2);
            if (w.Book[hold] == HoldState.PostedTwice) return "I3 at most one posting per upstream attempt";
            if (w.Book[hold] is HoldState.Posted or HoldState.Absorbed && billed == 0) return "I3 no posting without an upstream attempt";
            if (w.Book[hold] == HoldState.Uncharged) return "I4 settled + absorbed = sum of postings";
            if (billed > 1 || (billed > 0 && w.Book[hold] is HoldState.None or HoldState.Void)) return "I7 upstream-billed ≤ settled + absorbed + held + suspense";
        }
        for (var request = 0; request < 2; request++)
            if (ToldWrong(w, w[request])) return "I5 what a caller was told = its posting";
        return scenario.Keyed ? BrokenByKeys(w, scenario) : null;
    }

    /// <summary>The same for what holds only when nothing is under way.</summary>
    public static string? BrokenAtRest(in World w)
    {
        for (var hold = 0; hold < Fold.Holds; hold++)
        {
            var r = w[hold / 2];
            if (r.BilledOn(hold % 2) > 0 && w.Book[hold] is not (HoldState.Posted or HoldState.Absorbed or HoldState.Suspense))
                return "I8 at rest every billed attempt has a posting or a suspense entry";
            if (w.Book[hold] != HoldState.Suspense) continue;
            if (r.Asker == Asker.Refused) return "L1 a refused request costs nothing";
            if (r.Pool == Pool.Over && hold % 2 > r.Try) return "L2 no suspense that a living process could have resolved";
        }
        return null;
    }

    // Told early, while the store was away: the hold may stay in suspense, if the pool's process ends before the store is back, or, taken over
    // meanwhile by the same key, be absorbed. Never is more invoiced than was told.
    private static bool ToldWrong(in World w, Request r) => r.Told switch
    {
        Told.Cost => w.Book[r.ToldOf] is not (HoldState.Posted or HoldState.PostedTwice),
        Told.NoCost => w.Book[r.ToldOf] != HoldState.Absorbed,
        Told.EarlyCost => w.Book[r.ToldOf] is not (HoldState.Posted or HoldState.Absorbed or HoldState.Pending or HoldState.Suspense),
        Told.Replay => w.Book[r.ToldOf] is not (HoldState.Posted or HoldState.Absorbed),
        _ => false,
    };

    private static string? BrokenByKeys(in World w, Scenario scenario)
    {
        var kept = w.First.Kept | (w.Second.Kept << 2);
        Span<int> invoiced = [0, 0];
        Span<int> live = [0, 0];
        for (var hold = 0; hold < Fold.Holds; hold++)
        {
            var key = scenario.Shared ? 0 : hold / 2;
            if (w.Book[hold] == HoldState.Posted) invoiced[key]++;
            if (w.Book[hold] == HoldState.Pending) live[key]++;
            if (w.Book[hold] is HoldState.Posted or HoldState.Absorbed && (kept >> hold & 1) == 0) return "K1 what is posted with a key can be replayed";
        }
        if (invoiced[0] > 1 || invoiced[1] > 1) return "I6 at most one invoiced posting per Idempotency-Key";
        return live[0] > 1 || live[1] > 1 ? "I9 at most one live hold per Idempotency-Key" : null;
    }
}
