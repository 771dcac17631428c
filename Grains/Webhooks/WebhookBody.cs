using System.Text.Json;

namespace OrleansGateway;

/// <summary>An event as receivers read it; the same event always has the same bytes.</summary>
internal static class WebhookBody
{
    public static byte[] Of(string tenantId, WebhookEvent happening)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("id"u8, happening.Id);
            json.WriteString("type"u8, happening.Type);
            json.WriteString("at"u8, happening.At);
            json.WriteString("tenant"u8, tenantId);
            json.WriteStartObject("data"u8);
            if (happening.Threshold is { } threshold) Write(json, threshold);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        return buffer.ToArray();
    }

    private static void Write(Utf8JsonWriter json, BudgetThreshold threshold)
    {
        json.WriteString("scope"u8, threshold.Scope);
        json.WriteString("window"u8, threshold.Window.ToString());
        Write(json, "windowStart"u8, threshold.WindowStart);
        Write(json, "resetsAt"u8, threshold.ResetsAt);
        json.WriteNumber("threshold"u8, threshold.Threshold);
        json.WriteNumber("limitUsd"u8, threshold.LimitUsd.Usd);
        json.WriteNumber("spentUsd"u8, threshold.SpentUsd.Usd);
    }

    private static void Write(Utf8JsonWriter json, ReadOnlySpan<byte> name, DateTimeOffset? at)
    {
        if (at is { } instant) json.WriteString(name, instant);
        else json.WriteNull(name);
    }
}
