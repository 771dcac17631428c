using System.Collections.Immutable;
using Microsoft.Extensions.Logging;

namespace OrleansGateway;

// What operators ask of a tenant: each is a plain class's.
internal sealed partial class TenantGrain
{
    public async Task<OpenHoldPage> OpenHolds(OpenHoldState? state, string? cursor, int limit)
    {
        var tenant = await Load();
        var page = OrleansGateway.OpenHolds.Page(tenant.Account.Holds, state, cursor, limit);
        await Commit(tenant.Book.FlushAsync());
        return page;
    }

    public async Task<AdminOutcome<ResolvedHold>> ResolveHold(HoldResolution resolution)
    {
        var tenant = await Load();
        var outcome = await tenant.Resolutions.ResolveAsync(resolution);
        tenant.Alerts.Start();
        return outcome;
    }

    public async Task<TenantRecord?> Find() => TenantAdministration.Describe((await Load()).Account);

    public async Task<AdminOutcome<TenantRecord>> Open(TenantPolicy policy) => await (await Load()).Administration.OpenAsync(policy);

    public async Task<AdminOutcome<TenantRecord>> Change(TenantPolicy policy, long? ifVersion) => await (await Load()).Administration.ChangeAsync(policy, ifVersion);

    public async Task<ImmutableArray<ApiKeyRecord>> Keys() => [.. (await Load()).Account.Keys.Values.OrderBy(k => k.CreatedAt).ThenBy(k => k.Id, StringComparer.Ordinal)];

    public async Task<AdminOutcome<IssuedApiKey>> IssueKey(ApiKeyChange settings) => await (await Load()).Administration.IssueKeyAsync(settings);

    public async Task<AdminOutcome<ApiKeyRecord>> ChangeKey(string keyId, ApiKeyChange change, long? ifVersion) =>
        await (await Load()).Administration.ChangeKeyAsync(keyId, change, ifVersion);

    public Task<AdminOutcome<ApiKeyRecord>> RevokeKey(string keyId) => RevokeKey(keyId, null);

    public async Task<AdminOutcome<ApiKeyRecord>> RevokeKey(string keyId, long? ifVersion) => await (await Load()).Administration.RevokeKeyAsync(keyId, ifVersion);

    public Task<AdminOutcome<IssuedApiKey>> RotateKey(string keyId, TimeSpan grace) => RotateKey(keyId, grace, null);

    public async Task<AdminOutcome<IssuedApiKey>> RotateKey(string keyId, TimeSpan grace, long? ifVersion) =>
        await (await Load()).Administration.RotateKeyAsync(keyId, grace, ifVersion);

    public Task<AdminOutcome<Adjustment>> Adjust(Adjustment adjustment) => Adjust(adjustment, null);

    public async Task<AdminOutcome<Adjustment>> Adjust(Adjustment adjustment, long? ifVersion)
    {
        var tenant = await Load();
        while (tenant.Account.ReadingOfScope(adjustment.Scope) is { } reading) await AwaitReading(reading);
        var outcome = await tenant.Administration.AdjustAsync(adjustment, ifVersion);
        tenant.Alerts.Start();
        return outcome;
    }

    public async Task<ImmutableArray<WebhookPolicy>> Webhooks()
    {
        var tenant = await Load();
        tenant.Alerts.Start();
        return tenant.Account.Policy?.Webhooks ?? [];
    }

    public async Task<ImmutableArray<EndUserRecord>> PageEndUsers(string? after, int limit) => (await Load()).EndUsers.Page(after, limit);

    public async Task<EndUserRecord?> FindEndUser(string user) => (await Load()).EndUsers.Find(user);

    public async Task<AdminOutcome<EndUserRecord>> SetEndUser(string user, ScopePolicy policy, long? ifVersion) =>
        await (await Load()).EndUsers.SetAsync(user, policy, ifVersion);

    public async Task<AdminOutcome<EndUserRecord>> ClearEndUser(string user, long? ifVersion) => await (await Load()).EndUsers.ClearAsync(user, ifVersion);

    public Task<BookStatus?> Status() => Loading.StatusAsync();

    public Task<BookStatus?> Recheck() => Loading.RecheckAsync();

    public async Task<AdminOutcome<BookStatus>> AcceptLoss(string reason, string actor)
    {
        var outcome = await Loading.AcceptLossAsync(reason, actor);
        if (outcome is AdminOutcome<BookStatus>.Done { Value.State: BookState.Ok }) await RewriteIndex();
        return outcome;
    }

    /// <summary>What is stored beside the book is as old as what was found: the next activation reads it and folds the whole book onto it.</summary>
    private async Task OnReplayed()
    {
        await RewriteIndex();
        DeactivateOnIdle();
    }

    /// <summary>An emptied store has lost the indexes too: what this tenant knows of them is written again.</summary>
    private async Task RewriteIndex()
    {
        try
        {
            var tenant = await Load();
            if (tenant.Account.Policy is null) return;
            await GrainFactory.GetGrain<ITenantIndexGrain>(0).Restore(TenantId);
            await tenant.KeyIndex.RestoreAsync();
        }
        catch (Exception e)
        {
            LogIndexNotWritten(e, TenantId);
        }
    }

    [LoggerMessage(
        EventId = 13, EventName = "index_not_restored", Level = LogLevel.Error,
        Message = "Tenant {TenantId}: its entries in the indexes of tenants and keys could not be written again; POST a recheck of its book to try again")]
    private partial void LogIndexNotWritten(Exception exception, string tenantId);
}
