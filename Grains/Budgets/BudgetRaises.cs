namespace OrleansGateway;

/// <summary>What adjustments add to the limits of one scope: raises that end, and credit on its <c>total</c> budget that does not.</summary>
internal sealed class BudgetRaises
{
    private readonly List<BudgetRaise> _raises = [];

    public Money Credit { get; private set; }

    public IReadOnlyList<BudgetRaise> Raises => _raises;

    /// <summary>What is added to a budget's limit at an instant.</summary>
    public Money At(BudgetWindow window, DateTimeOffset at)
    {
        var sum = window.Kind == WindowKind.Total ? Credit : Money.Zero;
        foreach (var raise in _raises)
            if (raise.Window == window && at < raise.Until) sum += raise.Amount;
        return sum;
    }

    public void AddCredit(Money amount) => Credit += amount;

    /// <summary>Adds a raise, and forgets those that ended before the book's time.</summary>
    public void Add(BudgetRaise raise, DateTimeOffset at)
    {
        _raises.RemoveAll(r => r.Until <= at);
        _raises.Add(raise);
    }
}

/// <summary>An amount by which one budget of a scope is raised until an instant.</summary>
internal sealed record BudgetRaise(BudgetWindow Window, Money Amount, DateTimeOffset Until);
