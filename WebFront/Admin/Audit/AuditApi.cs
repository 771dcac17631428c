using System.Globalization;
using System.Text.Json.Serialization;

namespace OrleansGateway.Admin;

/// <summary>Who changed what, when: <c>/audit</c>.</summary>
internal sealed class AuditApi(IGrainFactory grains)
{
    private const int MaxCursorLength = 20;

    public async Task<IResult> GetAsync(HttpRequest request)
    {
        var query = new AdminQuery(request, "from", "to", "cursor", "limit");
        var from = query.Instant("from");
        var to = query.Instant("to");
        var cursor = query.Text("cursor", MaxCursorLength);
        var limit = query.Limit();
        if (from > to) query.Refuse("to", "Must not be before from.");
        var after = 0L;
        if (cursor is not null && !long.TryParse(cursor, NumberStyles.None, CultureInfo.InvariantCulture, out after))
            query.Refuse("cursor", "Must be the nextCursor of an earlier page.");
        if (query.Problem is { } wrongQuery) return wrongQuery;

        var page = await grains.GetGrain<IAuditGrain>(0).Page(from, to, after, limit);
        return AdminAnswer.Ok(new AuditPageJson([.. page.Changes.Select(AuditedJson.Of)], page.Next?.ToString(CultureInfo.InvariantCulture)));
    }

    private sealed record AuditPageJson(IReadOnlyList<AuditedJson> Entries, string? NextCursor);

    /// <summary>One change; its status is null while it is under way, and when the process that made it died.</summary>
    private sealed record AuditedJson(
        long Seq, DateTimeOffset At, string Id, string? Key, string? Actor, string? Remote, string? Method, string? Path, int? Status, string? Version)
    {
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public DateTimeOffset? EndedAt { get; private init; }

        public static AuditedJson Of(Audited change) =>
            new(
                change.Seq, change.Asked.At, change.Asked.Id, change.Asked.Key, change.Asked.Actor, change.Asked.Remote,
                change.Asked.Method, change.Asked.Path, change.Ended?.Status, change.Ended?.Version)
            {
                EndedAt = change.Ended?.At,
            };
    }
}
