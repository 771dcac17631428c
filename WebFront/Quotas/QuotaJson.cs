using System.Text.Json;

namespace OrleansGateway;

/// <summary>A <see cref="QuotaReport"/> as callers and operators read it.</summary>
internal static class QuotaJson
{
    public static void Write(Utf8JsonWriter json, QuotaReport report)
    {
        json.WriteStartObject();
        json.WriteString("tenant"u8, report.Tenant);
        json.WriteNumber("openReservations"u8, report.OpenReservations);
        json.WriteStartArray("limits"u8);
        foreach (var limit in report.Limits) Write(json, limit);
        json.WriteEndArray();
        json.WriteStartArray("budgets"u8);
        foreach (var budget in report.Budgets) Write(json, budget);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, LimitStatus limit)
    {
        json.WriteStartObject();
        json.WriteString("scope"u8, limit.Scope);
        json.WriteString("kind"u8, CamelCase(limit.Kind.ToString()));
        json.WriteNumber("limit"u8, limit.Limit);
        json.WriteNumber("remaining"u8, limit.Remaining);
        WriteInstant(json, "resetsAt"u8, limit.ResetsAt);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, BudgetStatus budget)
    {
        json.WriteStartObject();
        json.WriteString("scope"u8, budget.Scope);
        json.WriteString("window"u8, budget.Window.ToString());
        json.WriteString("mode"u8, CamelCase(budget.Mode.ToString()));
        json.WriteNumber("limitUsd"u8, budget.LimitUsd.Usd);
        json.WriteNumber("raisedUsd"u8, budget.RaisedUsd.Usd);
        json.WriteNumber("rolledOverUsd"u8, budget.RolledOverUsd.Usd);
        json.WriteNumber("settledUsd"u8, budget.SettledUsd.Usd);
        json.WriteNumber("absorbedUsd"u8, budget.AbsorbedUsd.Usd);
        json.WriteNumber("heldUsd"u8, budget.HeldUsd.Usd);
        json.WriteNumber("suspenseUsd"u8, budget.SuspenseUsd.Usd);
        json.WriteNumber("remainingUsd"u8, budget.RemainingUsd.Usd);
        WriteInstant(json, "resetsAt"u8, budget.ResetsAt);
        json.WriteNumber("burnRateUsdPerHour"u8, budget.BurnRateUsdPerHour.Usd);
        if (budget.ForecastUsd is { } forecast) json.WriteNumber("forecastUsd"u8, forecast.Usd);
        else json.WriteNull("forecastUsd"u8);
        WriteInstant(json, "exhaustsAt"u8, budget.ExhaustsAt);
        json.WriteEndObject();
    }

    private static void WriteInstant(Utf8JsonWriter json, ReadOnlySpan<byte> name, DateTimeOffset? at)
    {
        if (at is { } instant) json.WriteString(name, instant);
        else json.WriteNull(name);
    }

    private static string CamelCase(string name) => JsonNamingPolicy.CamelCase.ConvertName(name);
}
