namespace OrleansGateway.Admin;

/// <summary>One log line per booked change: what, to which tenant and key, and the version it made. Never a secret.</summary>
internal sealed partial class AdminAudit(ILogger<AdminAudit> logger)
{
    public void OnTenant(string action, TenantRecord tenant) => LogChange(action, tenant.Policy.Id, null, tenant.Version);

    public void OnKey(string action, string tenant, ApiKeyRecord key) => LogChange(action, tenant, key.Id, key.Version);

    public void OnAdjustment(string tenant, Adjustment adjustment) =>
        LogAdjustment(tenant, adjustment.Id, adjustment.Kind, adjustment.Scope, adjustment.AmountUsd, adjustment.Actor);

    public void OnWebhook(string action, string tenant, string? delivery) => LogWebhook(action, tenant, delivery);

    [LoggerMessage(EventName = "AdminWebhook", Level = LogLevel.Information, Message = "Admin {Action} tenant {TenantId} delivery {DeliveryId}")]
    private partial void LogWebhook(string action, string tenantId, string? deliveryId);

    [LoggerMessage(EventName = "AdminAdjustment", Level = LogLevel.Information, Message = "Adjustment of tenant {TenantId} {AdjustmentId}: {Kind} {Scope} {Amount} USD by {Actor}")]
    private partial void LogAdjustment(string tenantId, string adjustmentId, AdjustmentKind kind, string scope, Money amount, string actor);

    [LoggerMessage(EventName = "AdminChange", Level = LogLevel.Information, Message = "Admin {Action} tenant {TenantId} key {KeyId} version {Version}")]
    private partial void LogChange(string action, string tenantId, string? keyId, long version);
}
