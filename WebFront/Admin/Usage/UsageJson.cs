using System.Globalization;
using System.Text.Json.Serialization;

namespace OrleansGateway.Admin;

/// <summary>A page of usage as it is shown.</summary>
internal sealed record UsageJson(
    string Tenant, string From, string To, IReadOnlyList<string> GroupBy, IReadOnlyList<UsageRowJson> Rows, UsageRowJson Total, string? NextCursor)
{
    public static UsageJson Of(string tenant, UsageGroups groupBy, UsageAnswer.Page page) => new(
        tenant,
        Instant.Format(page.From),
        Instant.Format(page.To),
        NamesOf(groupBy),
        [.. page.Rows.Select(row => UsageRowJson.Of(row, groupBy))],
        UsageRowJson.Of(page.Total),
        page.NextCursor);

    public static IReadOnlyList<string> NamesOf(UsageGroups groupBy) =>
        [.. Enum.GetValues<UsageGroups>().Where(group => group != UsageGroups.None && groupBy.HasFlag(group)).Select(group => group.ToString().ToLowerInvariant())];
}

/// <summary>One row: first what it is told apart by, and only that, then the sums. Kinds of token of which there was nothing are left out as in the ledger.</summary>
internal sealed record UsageRowJson
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? Hour { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? Day { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] public Named Model { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] public Named Key { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] public Named User { get; init; }

    public required long Requests { get; init; }

    public required long InputTokens { get; init; }

    public required long CachedInputTokens { get; init; }

    public required long OutputTokens { get; init; }

    public required long ReasoningTokens { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] public long CacheWriteTokens { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] public long LongCacheWriteTokens { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] public long AudioInputTokens { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] public long ImageInputTokens { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] public long AudioOutputTokens { get; init; }

    public required Money CostUsd { get; init; }

    public required Money AbsorbedUsd { get; init; }

    public required Money AdjustedUsd { get; init; }

    public required long Estimated { get; init; }

    public required Money EstimatedUsd { get; init; }

    public static UsageRowJson Of(in UsageTotals totals) => new()
    {
        Requests = totals.Requests,
        InputTokens = totals.InputTokens,
        CachedInputTokens = totals.CachedInputTokens,
        OutputTokens = totals.OutputTokens,
        ReasoningTokens = totals.ReasoningTokens,
        CacheWriteTokens = totals.CacheWriteTokens,
        LongCacheWriteTokens = totals.LongCacheWriteTokens,
        AudioInputTokens = totals.AudioInputTokens,
        ImageInputTokens = totals.ImageInputTokens,
        AudioOutputTokens = totals.AudioOutputTokens,
        CostUsd = totals.CostUsd,
        AbsorbedUsd = totals.AbsorbedUsd,
        AdjustedUsd = totals.AdjustedUsd,
        Estimated = totals.Estimated,
        EstimatedUsd = totals.EstimatedUsd,
    };

    public static UsageRowJson Of(UsageRow row, UsageGroups groupBy) => Of(row.Totals) with
    {
        Hour = Local(row.Hour),
        Day = Local(row.Day),
        Model = Name(row.Model, groupBy, UsageGroups.Model),
        Key = Name(row.Key, groupBy, UsageGroups.Key),
        User = Name(row.User, groupBy, UsageGroups.User),
    };

    /// <summary>A start of an hour or a day with the tenant's offset.</summary>
    public static string? Local(DateTimeOffset? start) => start?.ToString("yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture);

    private static Named Name(string? name, UsageGroups groupBy, UsageGroups group) => groupBy.HasFlag(group) ? new Named(true, name) : default;
}

/// <summary>A name that is shown, be it null, or none that would be.</summary>
[JsonConverter(typeof(NamedJsonConverter))]
internal readonly record struct Named(bool Shown, string? Name);
