namespace OrleansGateway;

/// <summary>What one row of an answer is the sum of; what it is not told apart by is null. Ordered by time, then by names, none first.</summary>
internal readonly record struct UsageGroup(DateTimeOffset? Hour, DateTimeOffset? Day, string? Model, string? Key, string? User) : IComparable<UsageGroup>
{
    public int CompareTo(UsageGroup other)
    {
        var order = Nullable.Compare(Hour, other.Hour);
        if (order == 0) order = Nullable.Compare(Day, other.Day);
        if (order == 0) order = string.CompareOrdinal(Model, other.Model);
        if (order == 0) order = string.CompareOrdinal(Key, other.Key);
        if (order == 0) order = string.CompareOrdinal(User, other.User);
        return order;
    }
}
