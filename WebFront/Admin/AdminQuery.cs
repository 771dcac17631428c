using System.Globalization;

namespace OrleansGateway.Admin;

/// <summary>Reads a request's query; parameters that are unknown, repeated or wrong are all named in <see cref="Problem"/>.</summary>
internal sealed class AdminQuery
{
    public const int DefaultLimit = 100;
    public const int MaxLimit = 1000;

    private readonly IQueryCollection _query;
    private readonly List<PolicyFault> _faults = [];

    public AdminQuery(HttpRequest request, params string[] known)
    {
        _query = request.Query;
        foreach (var (name, values) in _query)
        {
            if (!known.Contains(name, StringComparer.Ordinal))
                Refuse(name, known.Length == 0 ? "There are no parameters here." : $"Unknown parameter; there are {string.Join(", ", known)}.");
            else if (values.Count > 1) Refuse(name, "May be given once.");
            else if (string.IsNullOrEmpty(values[0])) Refuse(name, "Must not be empty.");
        }
    }

    /// <summary>Why the query is refused, or null.</summary>
    public AdminProblem? Problem => _faults.Count > 0 ? AdminProblem.InvalidValue(_faults) : null;

    public bool Has(string name) => _query.ContainsKey(name);

    public string? Text(string name, int maxLength)
    {
        string? text = _query[name].FirstOrDefault();
        if (text?.Length > maxLength) Refuse(name, $"Must have at most {maxLength} characters.");
        return text;
    }

    public int Limit()
    {
        if (!_query.TryGetValue("limit", out var text)) return DefaultLimit;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit is >= 1 and <= MaxLimit) return limit;
        Refuse("limit", $"Must be a whole number from 1 to {MaxLimit}.");
        return DefaultLimit;
    }

    public DateTimeOffset? Instant(string name)
    {
        if (!_query.TryGetValue(name, out var text)) return null;
        if (Admin.Instant.TryParse(text, out var instant)) return instant;
        Refuse(name, $"Must be {Admin.Instant.Expected}; a + is written %2B.");
        return null;
    }

    public void Refuse(string name, string message)
    {
        if (_faults.All(fault => fault.Path != name)) _faults.Add(new PolicyFault(name, message));
    }
}
