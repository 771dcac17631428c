using System.Collections.Immutable;

namespace OrleansGateway;

// What operators decide about single end users: EndUserAdministration's.
internal sealed partial class TenantGrain
{
    public async Task<ImmutableArray<EndUserRecord>> PageEndUsers(string? after, int limit) => (await EndUsers()).Page(after, limit);

    public async Task<EndUserRecord?> FindEndUser(string user) => (await EndUsers()).Find(user);

    public async Task<AdminOutcome<EndUserRecord>> SetEndUser(string user, ScopePolicy policy, long? ifVersion) => await (await EndUsers()).Set(user, policy, ifVersion);

    public async Task<AdminOutcome<EndUserRecord>> ClearEndUser(string user, long? ifVersion) => await (await EndUsers()).Clear(user, ifVersion);

    private async Task<EndUserAdministration> EndUsers()
    {
        var tenant = await Load();
        return new EndUserAdministration(tenant.Account, entry => Commit(tenant.Append(entry)), time);
    }
}
