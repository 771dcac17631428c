using System.Text.Json;

namespace OrleansGateway.Soak;

/// <summary>One tenant at rest: its whole ledger and what its budget says.</summary>
internal sealed record TenantBooks(string Tenant, IReadOnlyList<LedgerLine> Ledger, BudgetFigures Budget, int OpenReservations)
{
    /// <summary>Reads both over the admin API, which <paramref name="get"/> asks.</summary>
    public static async Task<TenantBooks> ReadAsync(string tenant, Func<string, Task<JsonElement>> get)
    {
        var lines = new List<LedgerLine>();
        string? cursor = null;
        do
        {
            var page = await get($"tenants/{tenant}/ledger?limit=1000{(cursor is null ? "" : "&cursor=" + cursor)}");
            lines.AddRange(page.GetProperty("entries").EnumerateArray().Select(LedgerLine.Read));
            cursor = page.GetProperty("nextCursor").GetString();
        }
        while (cursor is not null);
        var quota = await get($"tenants/{tenant}/quota");
        var budget = quota.GetProperty("budgets").EnumerateArray().First(b => b.GetProperty("scope").GetString() == "tenant");
        return new TenantBooks(
            tenant,
            [.. lines.Where(l => l.IsOfHold)],
            budget.Deserialize<BudgetFigures>(JsonSerializerOptions.Web)!,
            quota.GetProperty("openReservations").GetInt32());
    }
}

/// <summary>A budget as <c>GET …/quota</c> gives it.</summary>
internal sealed record BudgetFigures(decimal LimitUsd, decimal SettledUsd, decimal AbsorbedUsd, decimal HeldUsd, decimal SuspenseUsd);
