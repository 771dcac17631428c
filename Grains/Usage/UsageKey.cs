namespace OrleansGateway;

/// <summary>What tells the rows of one UTC day apart: its quarter of an hour (0 to 95), and names by their place in a table, 0 for none.</summary>
internal readonly record struct UsageKey(int Quarter, int Provider, int Model, int Key, int User) : IComparable<UsageKey>
{
    public const int QuartersPerDay = 96;

    public int CompareTo(UsageKey other) =>
        Quarter != other.Quarter ? Quarter.CompareTo(other.Quarter)
        : Provider != other.Provider ? Provider.CompareTo(other.Provider)
        : Model != other.Model ? Model.CompareTo(other.Model)
        : Key != other.Key ? Key.CompareTo(other.Key)
        : User.CompareTo(other.User);
}
