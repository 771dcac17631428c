using System.Collections.Immutable;

namespace OrleansGateway;

/// <summary>Gives end users ceilings of their own, and takes them away. A change is an entry of the tenant's book.</summary>
internal sealed class EndUserAdministration(TenantAccount account, Func<BookEntry, Task> append, TimeProvider time)
{
    public EndUserRecord? Find(string user) => account.Overrides.TryFind(user, out var found) ? found : null;

    public ImmutableArray<EndUserRecord> Page(string? after, int limit) => [.. account.Overrides.After(after).Take(limit)];

    public async Task<AdminOutcome<EndUserRecord>> SetAsync(string user, ScopePolicy policy, long? ifVersion)
    {
        if (account.Policy is null) return new AdminOutcome<EndUserRecord>.NotFound();
        var current = Find(user);
        if (ifVersion is { } expected && expected != (current?.Version ?? 0)) return Stale(expected, current);
        if (Faults(user, policy) is { IsEmpty: false } faults) return new AdminOutcome<EndUserRecord>.Invalid(faults);
        if (current is null && account.Overrides.Count >= EndUserOverrides.Capacity)
        {
            return new AdminOutcome<EndUserRecord>.Conflict(
                $"The tenant has {EndUserOverrides.Capacity} end users with ceilings of their own, which is the most: "
                + "take one away first, or change the tenant's endUserDefaults.");
        }
        var entry = new BookEntry.UserSet { At = time.GetUtcNow(), User = user, Policy = policy, Version = account.Overrides.Version + 1 };
        await append(entry);
        return new AdminOutcome<EndUserRecord>.Done(new EndUserRecord(user, policy, entry.Version, entry.At));
    }

    public async Task<AdminOutcome<EndUserRecord>> ClearAsync(string user, long? ifVersion)
    {
        if (Find(user) is not { } current) return new AdminOutcome<EndUserRecord>.NotFound();
        if (ifVersion is { } expected && expected != current.Version) return Stale(expected, current);
        await append(new BookEntry.UserSet { At = time.GetUtcNow(), User = user, Version = account.Overrides.Version + 1 });
        return new AdminOutcome<EndUserRecord>.Done(current);
    }

    private static ImmutableArray<PolicyFault> Faults(string user, ScopePolicy policy) => user.Length is 0 or > EndUserName.MaxLength
        ? [new PolicyFault("user", $"Must have 1 to {EndUserName.MaxLength} characters.")]
        : PolicyRules.CheckScope(policy, "");

    private static AdminOutcome<EndUserRecord>.Conflict Stale(long expected, EndUserRecord? current) =>
        new($"The version is {current?.Version ?? 0}, not {expected}: read it again and repeat the change.");
}
