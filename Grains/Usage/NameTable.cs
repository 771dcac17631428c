namespace OrleansGateway;

/// <summary>Names and their places, counted from 1; 0 stands for no name.</summary>
internal sealed class NameTable
{
    private readonly Dictionary<string, int> _places = new(StringComparer.Ordinal);
    private readonly List<string> _names = [];

    public IReadOnlyList<string> Names => _names;

    public string? this[int place] => place == 0 ? null : _names[place - 1];

    public int PlaceOf(string? name)
    {
        if (name is null) return 0;
        if (_places.TryGetValue(name, out var place)) return place;
        _names.Add(name);
        return _places[name] = _names.Count;
    }

    /// <summary>For each place, its rank in the order of names: no name first, then ordinal.</summary>
    public int[] Ranks()
    {
        var order = Enumerable.Range(0, _names.Count).ToArray();
        Array.Sort(order, (a, b) => string.CompareOrdinal(_names[a], _names[b]));
        var ranks = new int[_names.Count + 1];
        for (var rank = 0; rank < order.Length; rank++) ranks[order[rank] + 1] = rank + 1;
        return ranks;
    }
}
