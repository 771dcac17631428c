using System.Globalization;

namespace OrleansGateway.Admin;

/// <summary>A tenant's usage, summed up: <c>/tenants/{tenant}/usage</c>.</summary>
internal sealed class UsageApi(TenantDirectory directory, IGrainFactory grains)
{
    // A cursor carries the names of its row; a name of an end user may have 256 characters of 6 bytes and is written in base 64.
    private const int MaxCursorLength = 8_192;

    private static readonly Dictionary<string, UsageGroups> Groups = new(StringComparer.Ordinal)
    {
        ["hour"] = UsageGroups.Hour,
        ["day"] = UsageGroups.Day,
        ["model"] = UsageGroups.Model,
        ["key"] = UsageGroups.Key,
        ["user"] = UsageGroups.User,
    };

    public async Task<IResult> GetAsync(HttpRequest request, string tenant)
    {
        var export = Export.Asked(request);
        var query = new AdminQuery(request, "from", "to", "groupBy", "cursor", "limit");
        var from = query.Instant("from");
        var to = query.Instant("to");
        var groupBy = GroupBy(query);
        var cursor = query.Text("cursor", MaxCursorLength);
        var limit = query.Limit();
        if (from > to) query.Refuse("to", "Must not be before from.");
        if (export is not null && query.Has("cursor")) query.Refuse("cursor", "An export has no pages; narrow it with from and to.");
        if (export is not null && query.Has("limit")) query.Refuse("limit", "An export has no pages; narrow it with from and to.");
        if (query.Problem is { } wrongQuery) return wrongQuery;
        if (!(await directory.FindAsync(tenant)).Is(out var record, out var problem)) return problem;

        var usage = grains.GetGrain<IUsageGrain>(tenant);
        var question = new UsageQuery
        {
            From = Quarter(from, up: false),
            To = Quarter(to, up: true),
            TimeZone = record.Policy.TimeZone,
            GroupBy = groupBy,
            Cursor = cursor,
            Limit = export is null ? limit : AdminQuery.MaxLimit,
        };
        return await usage.Usage(question) switch
        {
            UsageAnswer.Page page => export is null
                ? AdminAnswer.Ok(UsageJson.Of(tenant, groupBy, page))
                : UsageExport.Of(export, groupBy, page, next => NextAsync(usage, question, next)),
            UsageAnswer.Behind(var read, var entries) => Behind(tenant, read, entries),
            UsageAnswer.TooMany => AdminProblem.InvalidValue([new("groupBy", string.Create(CultureInfo.InvariantCulture,
                $"Gives more than {UsageQuery.MaxGroups} rows: group by day or hour too, or by less, or narrow from and to."))]),
            UsageAnswer.WrongCursor => AdminProblem.InvalidValue([new("cursor", "Must be the nextCursor of an earlier page of the same from, to and groupBy.")]),
            UsageAnswer.WrongRange(var first, var end) => AdminProblem.InvalidValue(
                [new("to", $"Must not be before from; without the one or the other they are {Instant.Format(first)} and {Instant.Format(end)}.")]),
            var other => throw new InvalidOperationException($"Usage cannot be {other.GetType().Name}."),
        };
    }

    public static AdminProblem Behind(string tenant, long read, long entries) => new(ProblemKind.Unavailable, string.Create(CultureInfo.InvariantCulture,
        $"The usage of tenant {tenant} is being summed up from its book: {read} of {entries} entries so far. Repeat the call in a moment; it goes on."));

    private static async Task<UsageAnswer.Page> NextAsync(IUsageGrain usage, UsageQuery question, string cursor) =>
        await usage.Usage(question with { Cursor = cursor }) as UsageAnswer.Page ?? throw new InvalidOperationException("The usage changed under the export.");

    // Usage is summed by quarters of an hour: the range is widened to whole ones, and the answer says to which. Of the last quarter there is nobody will see the end.
    private static DateTimeOffset? Quarter(DateTimeOffset? instant, bool up)
    {
        if (instant is not { } at || at.UtcTicks % UsageQuery.Quarter.Ticks is not (> 0 and var past)) return instant;
        return at.AddTicks(up && at < DateTimeOffset.MaxValue - UsageQuery.Quarter ? UsageQuery.Quarter.Ticks - past : -past);
    }

    private static UsageGroups GroupBy(AdminQuery query)
    {
        var groups = UsageGroups.None;
        foreach (var name in query.Text("groupBy", maxLength: 100)?.Split(',') ?? [])
        {
            if (!Groups.TryGetValue(name, out var group)) query.Refuse("groupBy", $"Must be some of {string.Join(", ", Groups.Keys)}, with commas in between.");
            groups |= group;
        }
        return groups;
    }
}
