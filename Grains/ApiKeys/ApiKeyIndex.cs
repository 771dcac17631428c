using Microsoft.Extensions.Logging;

namespace OrleansGateway;

/// <summary>
/// Tells the index of keys what a tenant's book says of them. The book comes first, so the index may not have heard when a process ends or the store fails
/// in between: it is told again when a change is repeated, and before long when somebody reads with a key.
/// </summary>
internal sealed partial class ApiKeyIndex(string tenantId, TenantAccount account, Func<Task> flush, IGrainFactory grains, ILogger logger)
{
    private bool _mended;

    /// <summary>Takes the id of a new key; false when it is another's.</summary>
    public Task<bool> BindAsync(ApiKeyRecord key) => EntryOf(key).Bind(Identity(key));

    /// <summary>Tells of a key that is in the book.</summary>
    public async Task TellAsync(ApiKeyRecord key)
    {
        try
        {
            await EntryOf(key).Update(Identity(key));
        }
        catch
        {
            _mended = false;
            throw;
        }
    }

    /// <summary>Tells of a key as it is, once that is in the book.</summary>
    public async Task TellAgainAsync(ApiKeyRecord key)
    {
        await flush();
        await TellAsync(key);
    }

    /// <summary>Begins to tell of every key that was changed since it was issued, unless that was done: of what it has right nothing is written.</summary>
    public void Mend()
    {
        if (!_mended) _ = MendAsync();
    }

    /// <summary>Writes all that the index lost with its store.</summary>
    public async Task RestoreAsync()
    {
        foreach (var key in account.Keys.Values.ToList()) await EntryOf(key).Restore(Identity(key));
    }

    internal async Task MendAsync()
    {
        _mended = true;
        try
        {
            await flush();
            // One after another: nobody waits, and a tenant may have many.
            foreach (var key in account.Keys.Values.Where(key => key.Version > 1).ToList()) await TellAsync(key);
        }
        catch (Exception e)
        {
            _mended = false;
            LogNotMended(e, tenantId);
        }
    }

    private IApiKeyGrain EntryOf(ApiKeyRecord key) => grains.GetGrain<IApiKeyGrain>(key.Id);

    private ApiKeyIdentity Identity(ApiKeyRecord key) => new(key.Id, tenantId, key.Hash, key.ExpiresAt, key.RevokedAt is not null, key.Version);

    [LoggerMessage(
        EventName = "key_index_not_mended", Level = LogLevel.Warning,
        Message = "Tenant {TenantId}: the index of keys could not be compared with its book; the next read with one of its keys tries again")]
    private partial void LogNotMended(Exception exception, string tenantId);
}
