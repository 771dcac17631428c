using System.Globalization;

namespace OrleansGateway.Admin;

/// <summary>The fields of a provider's row, whatever way of writing their names it has. Values are text and numbers and nothing else: a formula is a wrong number.</summary>
internal static class UploadFields
{
    public const string Day = "date";
    public const string Model = "model";
    public const string Requests = "requests";
    public const string Input = "inputTokens";
    public const string CachedInput = "cachedInputTokens";
    public const string Output = "outputTokens";
    public const string Cost = "costUsd";
    public const string RequestId = "requestId";

    private const int MaxNameLength = 200;
    private const int MoneyDecimals = 9;
    private const long MostTokens = 1_000_000_000_000_000;
    private const decimal MostUsd = 1_000_000_000;

    private static readonly Dictionary<string, string> Names = new(StringComparer.Ordinal)
    {
        ["date"] = Day,
        ["day"] = Day,
        ["usagedate"] = Day,
        ["model"] = Model,
        ["modelname"] = Model,
        ["modelid"] = Model,
        ["requests"] = Requests,
        ["numrequests"] = Requests,
        ["nummodelrequests"] = Requests,
        ["inputtokens"] = Input,
        ["prompttokens"] = Input,
        ["cachedinputtokens"] = CachedInput,
        ["inputcachedtokens"] = CachedInput,
        ["cachedtokens"] = CachedInput,
        ["outputtokens"] = Output,
        ["completiontokens"] = Output,
        ["costusd"] = Cost,
        ["cost"] = Cost,
        ["amountusd"] = Cost,
        ["requestid"] = RequestId,
        ["xrequestid"] = RequestId,
    };

    private static readonly string[] DayForms = ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd' 'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd'T'HH:mmK"];

    /// <summary>The field that a column or property is, or null for one that does not matter here.</summary>
    public static string? Of(string name) =>
        Names.GetValueOrDefault(string.Concat(name.Where(c => c is not ('_' or '-' or ' ' or '.'))).ToLowerInvariant());

    /// <summary>Reads a row from its fields' texts; null, with the reason, when it is none.</summary>
    public static UploadRow? Read(IReadOnlyDictionary<string, string> fields, out string reason)
    {
        reason = "";
        var day = Text(fields, Day);
        if (!DateTimeOffset.TryParseExact(day, DayForms, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var at))
            return Wrong("date must be a day such as 2026-01-31, or an instant, which is taken to UTC", out reason);
        if (Text(fields, Model) is not { } model || IsWrongName(model)) return Wrong($"model must have 1 to {MaxNameLength} characters", out reason);
        var request = Text(fields, RequestId);
        if (request is not null && IsWrongName(request)) return Wrong($"requestId must have at most {MaxNameLength} characters", out reason);

        var counts = new Dictionary<string, long?>();
        foreach (var name in (string[])[Requests, Input, CachedInput, Output])
        {
            if (!TryCount(Text(fields, name), out var count)) return Wrong($"{name} must be a whole number, 0 or above", out reason);
            counts[name] = count;
        }
        if (!TryCost(Text(fields, Cost), out var cost, out var decimals)) return Wrong("costUsd must be a number of US dollars, with a point for its decimals", out reason);
        if (cost is null && counts.Where(c => c.Key != Requests).All(c => c.Value is null)) return Wrong("has neither tokens nor costUsd", out reason);
        if (counts[CachedInput] > counts[Input]) return Wrong("cachedInputTokens are a part of inputTokens and cannot be more", out reason);

        return new UploadRow
        {
            Day = DateOnly.FromDateTime(at.UtcDateTime),
            Model = model,
            Requests = counts[Requests],
            InputTokens = counts[Input],
            CachedInputTokens = counts[CachedInput],
            OutputTokens = counts[Output],
            CostUsd = cost,
            CostDecimals = decimals,
            RequestId = request,
        };
    }

    private static UploadRow? Wrong(string why, out string reason)
    {
        reason = why;
        return null;
    }

    private static string? Text(IReadOnlyDictionary<string, string> fields, string name) =>
        fields.TryGetValue(name, out var text) && text.Trim() is { Length: > 0 } trimmed ? trimmed : null;

    private static bool IsWrongName(string name) => name.Length > MaxNameLength || name.Any(char.IsControl);

    private static bool TryCount(string? text, out long? count)
    {
        count = null;
        if (text is null) return true;
        if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number > MostTokens) return false;
        count = number;
        return true;
    }

    // Nine decimals are exact; further ones are rounded away.
    private static bool TryCost(string? text, out Money? cost, out int decimals)
    {
        (cost, decimals) = (null, 0);
        if (text is null) return true;
        if (!decimal.TryParse(
                text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out var usd)
            || Math.Abs(usd) > MostUsd)
        {
            return false;
        }
        cost = Money.FromUsd(Math.Round(usd, MoneyDecimals));
        decimals = usd.Scale;
        return true;
    }
}
