using Microsoft.Net.Http.Headers;

namespace OrleansGateway.Admin;

/// <summary>What <c>If-Match</c> asks for. Weak tags match nothing (RFC 9110 §13.1.1).</summary>
internal sealed class IfMatch
{
    private static readonly IfMatch Anything = new(null);
    private readonly IList<EntityTagHeaderValue>? _tags;

    private IfMatch(IList<EntityTagHeaderValue>? tags) => _tags = tags;

    public static Read<IfMatch> Of(HttpRequest request)
    {
        var header = request.Headers.IfMatch;
        if (header.Count == 0) return Anything;
        if (!EntityTagHeaderValue.TryParseStrictList([.. header.OfType<string>()], out var tags) || tags.Count == 0)
            return AdminProblem.InvalidValue([new PolicyFault("If-Match", "Must be *, or ETags in quotes as earlier answers gave them: \"v7\".")]);
        return new IfMatch(tags.Any(tag => tag == EntityTagHeaderValue.Any) ? null : tags);
    }

    /// <summary>Why a request that names a version is refused where there is none; null when it names none.</summary>
    public static AdminProblem? Refuse(HttpRequest request) => request.Headers.IfMatch.Count == 0
        ? null
        : AdminProblem.InvalidValue([new PolicyFault("If-Match", "There is nothing here that has a version before the call; leave it out.")]);

    /// <summary>Whether it asks for a version: * and no header ask for none.</summary>
    public bool IsGiven => _tags is not null;

    public bool Matches(long version) => Matches(EntityTag.Of(version));

    public bool Matches(EntityTag current) => _tags is null || _tags.Any(tag => !tag.IsWeak && tag.Tag == current.Quoted);
}
