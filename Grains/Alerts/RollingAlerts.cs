namespace OrleansGateway;

/// <summary>The thresholds of one scope's rolling budgets that its spending stands above.</summary>
internal sealed class RollingAlerts
{
    private List<RollingAlert>? _above;

    /// <summary>Null when it stands above none.</summary>
    public IReadOnlyList<RollingAlert>? Above => _above is { Count: > 0 } ? _above : null;

    public void Restore(IReadOnlyList<RollingAlert>? above) => _above = above is null ? null : [.. above];

    /// <summary>Notes on which side the spending stands; whether it has just come up.</summary>
    public bool Mark(BudgetWindow window, decimal share, bool reached)
    {
        var mark = new RollingAlert(window, share);
        if (!reached)
        {
            _above?.Remove(mark);
            return false;
        }
        if (_above?.Contains(mark) == true) return false;
        (_above ??= []).Add(mark);
        return true;
    }
}

/// <summary>A threshold that a rolling budget's spending stands above.</summary>
internal sealed record RollingAlert(BudgetWindow Window, decimal Share);
