using System.Text.Json;
using System.Text.Json.Serialization;

namespace OrleansGateway;

/// <summary>The trail in the store of the books, under a name that no tenant can have. Used by one at a time.</summary>
internal sealed class AuditTrail(IBook book)
{
    /// <summary>What the trail is called among the books.</summary>
    public const string Name = "_audit";

    private const int MostTries = 5;

    // How a change ended stands close behind it: nobody makes many at once.
    private const int EndsWithin = 200;

    private long? _count;

    /// <summary>Appends a record; durable when it returns.</summary>
    public async Task AppendAsync(AuditRecord record)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(record, AuditJson.Default.AuditRecord);
        for (var left = MostTries; left > 0; left--)
        {
            var expected = _count ?? await book.CountAsync(Name, CancellationToken.None);
            // Until it is known how the append ended, the count is not.
            _count = null;
            var outcome = await book.AppendAsync(Name, expected, [bytes], CancellationToken.None);
            _count = outcome.Count;
            if (outcome.Appended) return;
        }
        throw new StoreUnavailableException("Others write the audit trail all the time.");
    }

    /// <summary>A page; see <see cref="IAuditGrain.Page"/>.</summary>
    public async Task<AuditPage> PageAsync(DateTimeOffset? from, DateTimeOffset? until, long after, int limit)
    {
        var count = await book.CountAsync(Name, CancellationToken.None);
        if (after >= count) return new AuditPage([], null);
        var first = from is { } since ? await BookSearch.FirstSinceAsync(book, Name, since, after, count, CancellationToken.None) : after + 1;
        var changes = new List<Audited>();
        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        long? next = null;
        await foreach (var raw in book.ReadAsync(Name, first, CancellationToken.None))
        {
            var record = Parse(raw);
            if (record.Status is not null)
            {
                if (places.TryGetValue(record.Id, out var place)) changes[place] = changes[place] with { Ended = record };
            }
            else if (changes.Count == limit)
            {
                next ??= changes[^1].Seq;
            }
            else if (!(record.At < from) && !(record.At >= until))
            {
                places[record.Id] = changes.Count;
                changes.Add(new Audited(raw.Seq, record, null));
            }
            if (changes.Count == limit && raw.Seq > changes[^1].Seq + EndsWithin) break;
        }
        return new AuditPage([.. changes], next);
    }

    private static AuditRecord Parse(RawEntry raw)
    {
        try
        {
            return JsonSerializer.Deserialize(raw.Bytes.Span, AuditJson.Default.AuditRecord)!;
        }
        catch (JsonException e)
        {
            throw new StoreUnavailableException($"Entry {raw.Seq} of the audit trail cannot be read.", e);
        }
    }
}

/// <summary>How records are written: fields may be added, and none changes its meaning.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(AuditRecord))]
internal sealed partial class AuditJson : JsonSerializerContext;
