namespace OrleansGateway.Soak;

/// <summary>Finds holds in suspense whose outcome a process that is still there must have known.</summary>
internal sealed class Suspenses(IReadOnlyList<SiloNode> silos, TimeSpan holdLife)
{
    // From a hold's deadline on, for a store that was away until then and a posting that is repeated.
    private static readonly TimeSpan Repeats = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Suspense by deadline only: one that names another reason is the pool's own word that nobody knows. Whoever called the upstream posts, so the
    /// front's process had it in its hands; where the call is not known, the death of any process that may have had it excuses it.
    /// </summary>
    public IEnumerable<string> Resolvable(IReadOnlyCollection<ClientCall> calls, IEnumerable<TenantBooks> tenants)
    {
        var byId = calls.Where(c => c.RequestId is not null).ToLookup(c => c.RequestId!);
        var byUser = calls.Where(c => c.RequestId is null).ToLookup(c => c.Plan.User);
        foreach (var tenant in tenants)
        {
            foreach (var ending in tenant.Ledger.GroupBy(l => (l.RequestId, l.Attempt)).Select(a => a.OrderBy(l => l.Seq).Last()))
            {
                if (!ending.IsSuspense || ending.Outcome != "expired") continue;
                // A caller with a key asks again at another front, and heard of none.
                IReadOnlyList<ClientCall> candidates = byId.Contains(ending.RequestId) ? [.. byId[ending.RequestId]] : ending.User is { } user ? [.. byUser[user]] : [];
                var lived = candidates.Count > 0
                    ? candidates.All(call => silos.Where(s => s.Name == call.Front).All(s => s.LivedOn(call.StartedAt, holdLife + Repeats)))
                    : silos.All(s => s.LivedOn(ending.At - holdLife - Repeats, holdLife + Repeats));
                if (lived)
                    yield return $"{tenant.Tenant} {ending.RequestId} attempt {ending.Attempt} is in suspense since {ending.At:HH:mm:ss}, "
                        + $"but the process that had it lives ({string.Join("; ", candidates)})";
            }
        }
    }
}
