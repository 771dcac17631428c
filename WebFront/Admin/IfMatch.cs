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

    public bool Matches(long version) => Matches(EntityTag.Of(version));

    public bool Matches(EntityTag current) => _tags is null || _tags.Any(tag => !tag.IsWeak && tag.Tag == current.Quoted);
}
