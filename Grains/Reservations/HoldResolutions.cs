namespace OrleansGateway;

/// <summary>Books how holds in suspense ended, on an operator's word: signed, reasoned, and once.</summary>
internal sealed class HoldResolutions(
    TenantAccount account, CatalogSource catalog, Func<BookEntry, Task> append, Func<HoldId, Task<BookEntry.OfHold?>> findEnding, TimeProvider time)
{
    public async Task<AdminOutcome<ResolvedHold>> ResolveAsync(HoldResolution resolution)
    {
        if (ResolutionRules.Check(resolution) is { IsEmpty: false } faults) return new AdminOutcome<ResolvedHold>.Invalid(faults);
        if (account.FindHold(resolution.Hold) is not { } hold) return await RepeatedAsync(resolution);

        var now = time.GetUtcNow();
        if (!hold.InSuspense && hold.EndsBy > now)
        {
            return new AdminOutcome<ResolvedHold>.Conflict(
                $"The hold is pending: its call is under way and will tell. If it has not by {hold.EndsBy:O}, the hold can be resolved.");
        }
        var (posting, fault) = ResolutionRules.Word(resolution, hold, catalog.Current);
        if (fault is not null) return new AdminOutcome<ResolvedHold>.Invalid([fault]);

        // One append: the sweep may not have come to it yet.
        var expired = hold.InSuspense ? Task.CompletedTask : append(PostingRules.Expire(hold, now));
        var entry = Signed(PostingRules.Decide(account, posting!, now)!, new Signature(resolution.Actor, resolution.Reason));
        await Task.WhenAll(expired, append(entry));
        return Done(entry);
    }

    /// <summary>The answer for a hold that has ended: the first one's to the same word, else a conflict.</summary>
    private async Task<AdminOutcome<ResolvedHold>> RepeatedAsync(HoldResolution resolution)
    {
        if (await findEnding(resolution.Hold) is not { } ending) return new AdminOutcome<ResolvedHold>.NotFound();
        var isVoid = ending is BookEntry.Voided;
        if (SignatureOf(ending) is not { } signature)
            return new AdminOutcome<ResolvedHold>.Conflict($"The hold ended by itself at {ending.At:O}, {(isVoid ? "void" : "posted")}: there is nothing to resolve.");
        return SaysTheSame(resolution, ending, signature)
            ? Done(ending)
            : new AdminOutcome<ResolvedHold>.Conflict(
                $"The hold was resolved otherwise at {ending.At:O} by {signature.Actor}: {(isVoid ? "void" : "posted")}. To change what is counted, book an adjustment.");
    }

    private static bool SaysTheSame(HoldResolution resolution, BookEntry.OfHold ending, Signature signature)
    {
        if (signature != new Signature(resolution.Actor, resolution.Reason)) return false;
        if (ending is not BookEntry.Posted posted) return resolution.As == ResolvedAs.Void;
        return resolution.As == ResolvedAs.Posted
            && posted.Usage == (resolution.Usage ?? default)
            && (resolution.CostUsd is { } cost ? cost == posted.Cost + posted.Absorbed : posted.PriceVersion is not null)
            && (resolution.Model is null || resolution.Model == posted.Model);
    }

    private static BookEntry.OfHold Signed(BookEntry.OfHold entry, Signature signature) => entry switch
    {
        BookEntry.Posted posted => posted with { Signature = signature },
        BookEntry.Voided voided => voided with { Signature = signature },
        _ => throw new InvalidOperationException($"A resolution is no '{entry.GetType().Name}' entry."),
    };

    private static Signature? SignatureOf(BookEntry.OfHold entry) => entry switch
    {
        BookEntry.Posted posted => posted.Signature,
        BookEntry.Voided voided => voided.Signature,
        _ => null,
    };

    private static AdminOutcome<ResolvedHold> Done(BookEntry.OfHold entry)
    {
        var signature = SignatureOf(entry)!;
        var resolved = new ResolvedHold
        {
            RequestId = entry.Request,
            Attempt = entry.Attempt,
            As = entry is BookEntry.Voided ? ResolvedAs.Void : ResolvedAs.Posted,
            Actor = signature.Actor,
            Reason = signature.Reason,
            At = entry.At,
        };
        if (entry is BookEntry.Posted posted) resolved = resolved with { CostUsd = posted.Cost, AbsorbedUsd = posted.Absorbed, PriceVersion = posted.PriceVersion };
        return new AdminOutcome<ResolvedHold>.Done(resolved);
    }
}
