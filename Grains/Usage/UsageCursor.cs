using System.Buffers.Text;
using System.Text.Json;

namespace OrleansGateway;

/// <summary>Where a page ended: the range, which a default must not move meanwhile, and the last row's group.</summary>
internal sealed record UsageCursor(DateTimeOffset From, DateTimeOffset To, UsageGroups GroupBy, UsageGroup After)
{
    private static readonly JsonSerializerOptions Exact = new() { RespectRequiredConstructorParameters = true, RespectNullableAnnotations = true };

    public bool IsOf(UsageQuery query) => GroupBy == query.GroupBy && (query.From ?? From) == From && (query.To ?? To) == To;

    public override string ToString() => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(this));

    /// <summary>Null when the text is no cursor.</summary>
    public static UsageCursor? Parse(string text)
    {
        try
        {
            return JsonSerializer.Deserialize<UsageCursor>(Base64Url.DecodeFromChars(text), Exact);
        }
        catch (Exception e) when (e is FormatException or JsonException or ArgumentException)
        {
            return null;
        }
    }
}
