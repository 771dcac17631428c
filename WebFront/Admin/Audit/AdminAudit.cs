namespace OrleansGateway.Admin;

/// <summary>One log line per booked change: what, to which tenant and key, and the version it made. Never a secret.</summary>
internal sealed partial class AdminAudit(ILogger<AdminAudit> logger)
{
    public void OnTenant(string action, TenantRecord tenant) => LogChange(action, tenant.Policy.Id, null, tenant.Version);

    public void OnKey(string action, string tenant, ApiKeyRecord key) => LogChange(action, tenant, key.Id, key.Version);

    public void OnUser(string action, string tenant, EndUserRecord record) => LogUser(action, tenant, record.User, record.Version);

    public void OnAdjustment(string tenant, Adjustment adjustment) =>
        LogAdjustment(tenant, adjustment.Id, adjustment.Kind, adjustment.Scope, adjustment.AmountUsd, adjustment.Actor);

    public void OnRecovery(string tenant, BookStatus status, string actor, string reason) =>
        LogRecovery(tenant, status.Recovery?.Known, status.Recovery?.Found, status.State, actor, reason);

    [LoggerMessage(EventName = "admin_recovery", Level = LogLevel.Warning,
        Message = "Recovery of the book of tenant {TenantId}: {Known} entries known, {Found} found, now {State}; accepted by {Actor}: {Reason}")]
    private partial void LogRecovery(string tenantId, long? known, long? found, BookState state, string actor, string reason);
    public void OnResolution(string tenant, ResolvedHold hold) =>
        LogResolution(tenant, hold.RequestId, hold.Attempt, hold.As, hold.CostUsd, hold.AbsorbedUsd, hold.Actor);

    [LoggerMessage(EventName = "admin_resolution", Level = LogLevel.Information,
        Message = "Hold {RequestId}/{Attempt} of tenant {TenantId} resolved as {Outcome}: {Cost} USD, {Absorbed} USD absorbed, by {Actor}")]
    private partial void LogResolution(string tenantId, string requestId, int attempt, ResolvedAs outcome, Money cost, Money absorbed, string actor);
    public void OnCatalog(ModelCatalog catalog) => LogCatalog(catalog.Version, catalog.Models.Count, catalog.Withdrawn.Length);

    [LoggerMessage(EventName = "admin_catalog", Level = LogLevel.Information, Message = "The catalog was replaced: version {Version}, {Models} models, {Withdrawn} withdrawn")]
    private partial void LogCatalog(string version, int models, int withdrawn);

    public void OnWebhook(string action, string tenant, string? delivery) => LogWebhook(action, tenant, delivery);

    [LoggerMessage(EventName = "admin_webhook", Level = LogLevel.Information, Message = "Admin {Action} tenant {TenantId} delivery {DeliveryId}")]
    private partial void LogWebhook(string action, string tenantId, string? deliveryId);

    [LoggerMessage(EventName = "admin_adjustment", Level = LogLevel.Information,
        Message = "Adjustment of tenant {TenantId} {AdjustmentId}: {Kind} {Scope} {Amount} USD by {Actor}")]
    private partial void LogAdjustment(string tenantId, string adjustmentId, AdjustmentKind kind, string scope, Money amount, string actor);

    [LoggerMessage(EventName = "admin_user_change", Level = LogLevel.Information, Message = "Admin {Action} tenant {TenantId} end user {User} version {Version}")]
    private partial void LogUser(string action, string tenantId, string user, long version);

    [LoggerMessage(EventName = "admin_change", Level = LogLevel.Information, Message = "Admin {Action} tenant {TenantId} key {KeyId} version {Version}")]
    private partial void LogChange(string action, string tenantId, string? keyId, long version);
}
