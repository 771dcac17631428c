using Microsoft.Extensions.Logging;

namespace OrleansGateway;

/// <summary>Gives a book that was read what decides on its account and writes to it.</summary>
internal sealed class LoadedTenantFactory(
    IBook book,
    CatalogSource catalog,
    HopOrder order,
    UpstreamHealth health,
    TenantOptions options,
    WebhookAddresses addresses,
    IGrainFactory grains,
    TimeProvider time,
    ILogger<TenantGrain> logger)
{
    private static readonly TimeSpan CatalogWaits = TimeSpan.FromSeconds(10);

    /// <param name="tenant">The book.</param>
    /// <param name="commit">How its activation waits for what is to be in the book.</param>
    /// <param name="share">From 0 to 1, another one for each tenant; see <see cref="SnapshotPace"/>.</param>
    public async Task<LoadedTenant> MakeAsync(TenantBook tenant, Func<Task, Task> commit, double share)
    {
        await catalog.Heard.WaitAsync(CatalogWaits, time);
        var account = tenant.Account;
        var endings = new EndingSearch(book, tenant.TenantId, () => tenant.Count, FlushAsync);
        var index = new ApiKeyIndex(tenant.TenantId, account, FlushAsync, grains, logger);
        var now = time.GetUtcNow();
        foreach (var hold in account.Holds) hold.SeenAt(now);
        return new LoadedTenant
        {
            Book = tenant,
            Admission = new Admission(account, () => catalog.Current, order, health, options, time),
            Administration = new TenantAdministration(tenant.TenantId, account, AppendAsync, FlushAsync, grains, index, catalog, addresses, time),
            KeyIndex = index,
            EndUsers = new EndUserAdministration(account, AppendAsync, time),
            Resolutions = new HoldResolutions(account, catalog, AppendAsync, endings.FindAsync, time),
            Endings = endings,
            Alerts = new AlertHandover(tenant.TenantId, account, FlushAsync, AppendAsync, events => WebhookDispatch.QueueAsync(grains, account.Policy!, events), time, logger),
            Pace = new SnapshotPace(now, share),
        };

        Task AppendAsync(BookEntry entry) => commit(tenant.AppendAsync(entry));

        Task FlushAsync() => commit(tenant.FlushAsync());
    }
}
