using System.Text.Json;

namespace OrleansGateway.Simulator;

/// <summary>A number that keeps a schema's bounds and steps; as near to 1 as they allow.</summary>
internal static class SchemaNumber
{
    public static decimal For(JsonElement schema, bool whole)
    {
        var step = Bound(schema, "multipleOf") ?? (whole ? 1m : 0.5m);
        var least = Bound(schema, "minimum") ?? (Bound(schema, "exclusiveMinimum") is { } above ? above + Tiny(step, whole) : (decimal?)null);
        var most = Bound(schema, "maximum") ?? (Bound(schema, "exclusiveMaximum") is { } below ? below - Tiny(step, whole) : (decimal?)null);
        var number = Math.Min(Math.Max(1m, least ?? 1m), most ?? decimal.MaxValue);

        // Only a value on the step may be rounded; between close bounds without a step the bound itself is fine.
        if (whole || Bound(schema, "multipleOf") is not null)
        {
            var up = Math.Ceiling(number / step) * step;
            number = up <= (most ?? decimal.MaxValue) ? up : Math.Floor(number / step) * step;
        }

        return number;
    }

    private static decimal Tiny(decimal step, bool whole) => whole ? step : step / 1000m;

    private static decimal? Bound(JsonElement schema, string name) =>
        schema.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetDecimal(out var bound) ? bound : null;
}
