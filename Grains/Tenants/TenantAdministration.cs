using System.Collections.Immutable;

namespace OrleansGateway;

/// <summary>
/// Opens and changes a tenant and its keys. A change is an entry of the tenant's book; the index of tenants and that of keys are told
/// around it, in the order that leaves nothing dangling that anyone could use.
/// </summary>
internal sealed class TenantAdministration(
    string tenantId,
    TenantAccount account,
    Func<BookEntry, Task> append,
    Func<Task> flush,
    IGrainFactory grains,
    ApiKeyIndex index,
    CatalogSource catalog,
    WebhookAddresses addresses,
    TimeProvider time)
{
    /// <summary>The tenant as operators see it, with such secrets alone as were made just now; null when it was never opened.</summary>
    public static TenantRecord? Describe(TenantAccount account, IReadOnlyCollection<string>? made = null) =>
        account.Policy is { } policy ? new TenantRecord(WebhookSecret.Hide(policy, made), account.Version, account.CreatedAt, account.UpdatedAt) : null;

    public async Task<AdminOutcome<TenantRecord>> OpenAsync(TenantPolicy policy)
    {
        if (account.Policy is not null) return new AdminOutcome<TenantRecord>.Conflict($"There is a tenant '{tenantId}' already.");
        if (Faults(policy, PolicyRules.Check(policy, catalog.Current, addresses)) is { IsEmpty: false } faults) return new AdminOutcome<TenantRecord>.Invalid(faults);
        // First the index: an id there without a book is passed over, a book without an id would never be seen.
        await grains.GetGrain<ITenantIndexGrain>(0).Add(tenantId);
        await ListWebhooksAsync(policy);
        if (account.Policy is not null) return new AdminOutcome<TenantRecord>.Conflict($"There is a tenant '{tenantId}' already.");
        return Done(await SetAsync(policy, version: 1));
    }

    public async Task<AdminOutcome<TenantRecord>> ChangeAsync(TenantPolicy policy, long? ifVersion)
    {
        if (account.Policy is not { } current) return new AdminOutcome<TenantRecord>.NotFound();
        if (ifVersion is { } expected && expected != account.Version) return new AdminOutcome<TenantRecord>.Conflict(Stale(expected, account.Version));
        var faults = Faults(policy, PolicyRules.CheckChange(current, policy, catalog.Current, addresses));
        if (!faults.IsEmpty) return new AdminOutcome<TenantRecord>.Invalid(faults);
        await ListWebhooksAsync(policy);
        if (ifVersion is { } stillExpected && stillExpected != account.Version) return new AdminOutcome<TenantRecord>.Conflict(Stale(stillExpected, account.Version));
        return Done(await SetAsync(policy, account.Version + 1));
    }

    public async Task<AdminOutcome<IssuedApiKey>> IssueKeyAsync(ApiKeyChange settings)
    {
        if (account.Policy is not { } tenant) return new AdminOutcome<IssuedApiKey>.NotFound();
        if (PolicyRules.CheckKey(settings, tenant, catalog.Current, time.GetUtcNow()) is { IsEmpty: false } faults) return new AdminOutcome<IssuedApiKey>.Invalid(faults);
        var (record, secret) = await BindAsync(settings);
        await append(new BookEntry.KeySet { At = record.CreatedAt, Key = record });
        return Done(new IssuedApiKey(record, secret));
    }

    public async Task<AdminOutcome<ApiKeyRecord>> ChangeKeyAsync(string keyId, ApiKeyChange change, long? ifVersion)
    {
        if (!account.Keys.TryGetValue(keyId, out var key)) return new AdminOutcome<ApiKeyRecord>.NotFound();
        if (ifVersion is { } expected && expected != key.Version) return await StaleAsync(key, expected);
        if (key.RevokedAt is not null)
        {
            await index.TellAgainAsync(key);
            return new AdminOutcome<ApiKeyRecord>.Conflict("A revoked key stays as it is; issue a new key.");
        }
        if (PolicyRules.CheckKey(change, account.Policy!, catalog.Current, time.GetUtcNow()) is { IsEmpty: false } faults) return new AdminOutcome<ApiKeyRecord>.Invalid(faults);
        var changed = key with
        {
            Name = change.Name ?? key.Name,
            ExpiresAt = change.ExpiresAt ?? key.ExpiresAt,
            OwnExpiresAt = change.ExpiresAt is null ? key.OwnExpiresAt : null,
            Policy = change.Policy ?? key.Policy,
            AllowModels = change.AllowModels ?? key.AllowModels,
        };
        return Done(await SetAsync(changed));
    }

    public async Task<AdminOutcome<ApiKeyRecord>> RevokeKeyAsync(string keyId, long? ifVersion = null)
    {
        if (!account.Keys.TryGetValue(keyId, out var key)) return new AdminOutcome<ApiKeyRecord>.NotFound();
        if (ifVersion is { } expected && expected != key.Version) return await StaleAsync(key, expected);
        if (key.RevokedAt is null) return Done(await SetAsync(key with { RevokedAt = time.GetUtcNow() }));
        // Whoever repeats it may have been told that it failed.
        await index.TellAgainAsync(key);
        return Done(key);
    }

    public async Task<AdminOutcome<IssuedApiKey>> RotateKeyAsync(string keyId, TimeSpan grace, long? ifVersion = null)
    {
        if (!account.Keys.TryGetValue(keyId, out var key)) return new AdminOutcome<IssuedApiKey>.NotFound();
        if (WhyNotRotate(key, ifVersion) is { } why)
        {
            await index.TellAgainAsync(key);
            return new AdminOutcome<IssuedApiKey>.Conflict(why);
        }
        // In its grace a key ends soon; its successor lives for as long as it would have, for the first one's secret may have been lost on its way.
        var settings = new ApiKeyChange { Name = key.Name, ExpiresAt = key.OwnExpiresAt ?? key.ExpiresAt, Policy = key.Policy, AllowModels = key.AllowModels };
        var (record, secret) = await BindAsync(settings);
        key = account.Keys[keyId];
        if (WhyNotRotate(key, ifVersion) is { } whyNow) return new AdminOutcome<IssuedApiKey>.Conflict(whyNow);

        // Both in one turn: nobody else rotates it in between.
        var end = record.CreatedAt + grace;
        var replaced = key with
        {
            OwnExpiresAt = key.OwnExpiresAt ?? key.ExpiresAt ?? DateTimeOffset.MaxValue,
            ExpiresAt = end < (key.ExpiresAt ?? DateTimeOffset.MaxValue) ? end : key.ExpiresAt,
        };
        await Task.WhenAll(append(new BookEntry.KeySet { At = record.CreatedAt, Key = record }), SetAsync(replaced));
        return Done(new IssuedApiKey(record, secret));
    }

    public async Task<AdminOutcome<Adjustment>> AdjustAsync(Adjustment adjustment, long? ifVersion = null)
    {
        if (account.Policy is null) return new AdminOutcome<Adjustment>.NotFound();
        if (ifVersion is { } expected && expected != account.Version) return new AdminOutcome<Adjustment>.Conflict(Stale(expected, account.Version));
        if (account.Adjustments.Find(adjustment.Id) is { } booked)
        {
            if (booked != adjustment with { At = booked.At })
                return new AdminOutcome<Adjustment>.Conflict($"Another adjustment was booked as '{adjustment.Id}': repeat it as it was, or take another id.");
            // It may still be on its way to the book.
            await flush();
            return Done(booked);
        }
        var now = time.GetUtcNow();
        if (AdjustmentRules.Check(account, adjustment, now) is { IsEmpty: false } faults) return new AdminOutcome<Adjustment>.Invalid(faults);
        var signed = adjustment with { At = now };
        await append(new BookEntry.Adjusted { At = now, Adjustment = signed });
        return Done(signed);
    }

    // Whoever repeats a change of which the index did not hear is told of another version.
    private async Task<AdminOutcome<ApiKeyRecord>> StaleAsync(ApiKeyRecord key, long expected)
    {
        await index.TellAgainAsync(key);
        return new AdminOutcome<ApiKeyRecord>.Conflict(Stale(expected, key.Version));
    }

    private async Task<TenantRecord> SetAsync(TenantPolicy policy, long version)
    {
        var (webhooks, made) = WebhookSecret.Fill(policy.Webhooks, account.Policy);
        await append(new BookEntry.PolicySet { At = time.GetUtcNow(), Policy = policy with { Webhooks = webhooks }, Version = version });
        return Describe(account, made)!;
    }

    // First the index: a tenant there without webhooks is woken for nothing, one missing would not be woken when its silo is lost.
    private Task ListWebhooksAsync(TenantPolicy policy) => policy.Webhooks.IsEmpty ? Task.CompletedTask : grains.GetGrain<IWebhookIndexGrain>(0).Add(tenantId);

    private string? WhyNotRotate(ApiKeyRecord key, long? ifVersion) =>
        ifVersion is { } expected && expected != key.Version ? Stale(expected, key.Version)
        : !key.IsLive(time.GetUtcNow()) ? "A revoked or expired key has no successor; issue a new key."
        : null;

    /// <summary>A new key and its secret, known to the index: a key there that the book does not know is denied, and its secret was shown to nobody.</summary>
    private async Task<(ApiKeyRecord Record, string Secret)> BindAsync(ApiKeyChange settings)
    {
        while (true)
        {
            var (keyId, secret) = ApiKeySecret.Create();
            var record = new ApiKeyRecord
            {
                Id = keyId,
                Name = settings.Name,
                Hash = ApiKeyHash.Of(secret),
                CreatedAt = time.GetUtcNow(),
                ExpiresAt = settings.ExpiresAt,
                Policy = settings.Policy ?? new ScopePolicy(),
                AllowModels = settings.AllowModels ?? [],
            };
            if (await index.BindAsync(record)) return (record, secret);
        }
    }

    // First the book, which denies from then on; then the index.
    private async Task<ApiKeyRecord> SetAsync(ApiKeyRecord key)
    {
        var next = key with { Version = key.Version + 1 };
        await append(new BookEntry.KeySet { At = time.GetUtcNow(), Key = next });
        await index.TellAsync(next);
        return next;
    }

    private ImmutableArray<PolicyFault> Faults(TenantPolicy policy, ImmutableArray<PolicyFault> faults) =>
        policy.Id == tenantId ? faults : [new PolicyFault("id", "The id of a tenant never changes.")];

    private static AdminOutcome<T> Done<T>(T value) => new AdminOutcome<T>.Done(value);

    private static string Stale(long expected, long actual) => $"The version is {actual}, not {expected}: read it again and repeat the change.";
}
