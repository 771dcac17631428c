using Microsoft.Extensions.Logging;

namespace OrleansGateway;

/// <summary>
/// Hands a tenant's pending alerts over and books that it did: at least once, with the same ids, so exactly once for whoever remembers ids.
/// Never waited for on a request's path. Runs in its grain's turns.
/// </summary>
/// <param name="tenantId">Whose alerts they are.</param>
/// <param name="account">Where they are pending.</param>
/// <param name="flush">Returns when all that was applied to the account is in the book.</param>
/// <param name="append">Books an entry.</param>
/// <param name="deliver">Returns once what it is given cannot be lost any more; remembers ids.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Where each alert is told, once unless there is a crash in between.</param>
internal sealed partial class AlertHandover(
    string tenantId, TenantAccount account, Func<Task> flush, Func<BookEntry, Task> append, Func<IReadOnlyList<WebhookEvent>, Task> deliver, TimeProvider time, ILogger logger)
{
    private const int AtOnce = 100;

    private Task _running = Task.CompletedTask;
    private bool _stopped;

    /// <summary>Begins to hand over what is pending, unless that is under way. What fails is tried again at the next call.</summary>
    public void Start()
    {
        if (account.Alerts.Pending.Count > 0 && !_stopped && _running.IsCompleted) _running = RunAsync();
    }

    /// <summary>Begins nothing any more, and returns when what is under way has ended.</summary>
    public Task StopAsync()
    {
        _stopped = true;
        return _running;
    }

    private async Task RunAsync()
    {
        try
        {
            while (!_stopped && account.Alerts.Pending.Count > 0)
            {
                // What was crossed by an entry that never came into the book never happened.
                var alerts = account.Alerts.Pending.Take(AtOnce).ToList();
                await flush();
                await deliver(alerts);
                foreach (var t in alerts.Select(a => a.Threshold!)) LogBudgetThreshold(tenantId, t.Scope, t.Window, t.Threshold, t.SpentUsd, t.LimitUsd);
                await append(new BookEntry.Alerted { At = time.GetUtcNow(), Ids = [.. alerts.Select(a => a.Id)] });
            }
        }
        catch (Exception e)
        {
            LogNotHandedOver(e, tenantId);
        }
    }

    [LoggerMessage(EventId = 1, EventName = "budget_threshold", Level = LogLevel.Warning,
        Message = "Tenant {TenantId}: {Scope} passed {Share} of its {Window} budget: {Spent} of {Limit} USD")]
    private partial void LogBudgetThreshold(string tenantId, string scope, BudgetWindow window, decimal share, Money spent, Money limit);

    [LoggerMessage(EventId = 2, EventName = "alerts_not_handed_over", Level = LogLevel.Warning,
        Message = "Tenant {TenantId}: alerts could not be handed over; they stay in the book and are tried again")]
    private partial void LogNotHandedOver(Exception exception, string tenantId);
}
