using System.Text.Json;
using System.Text.Json.Serialization;
using static OrleansGateway.EntryJson;

namespace OrleansGateway;

/// <summary>
/// Writes and reads <see cref="HeldDecision"/> by hand, for no admission should allocate for it or write long names:
/// <c>{"t":[["holysheep","gpt-4.1","2026-01-01"]],"b":[{"s":"tenant","w":"month","l":500,"c":1.2034}]}</c>. <c>a</c> is the name asked for,
/// <c>w</c> why it was routed so; in a budget <c>r</c> is what was raised, <c>o</c> rolled over, <c>m</c> 1 for a budget that only reports. Names that are not
/// known are passed over.
/// </summary>
internal sealed class HeldDecisionJsonConverter : JsonConverter<HeldDecision>
{
    private static readonly JsonEncodedText AskedName = JsonEncodedText.Encode("a");
    private static readonly JsonEncodedText RouteName = JsonEncodedText.Encode("w");
    private static readonly JsonEncodedText TargetsName = JsonEncodedText.Encode("t");
    private static readonly JsonEncodedText BudgetsName = JsonEncodedText.Encode("b");
    private static readonly JsonEncodedText ScopeName = JsonEncodedText.Encode("s");
    private static readonly JsonEncodedText WindowName = JsonEncodedText.Encode("w");
    private static readonly JsonEncodedText LimitName = JsonEncodedText.Encode("l");
    private static readonly JsonEncodedText CountedName = JsonEncodedText.Encode("c");
    private static readonly JsonEncodedText RaisedName = JsonEncodedText.Encode("r");
    private static readonly JsonEncodedText RolledOverName = JsonEncodedText.Encode("o");
    private static readonly JsonEncodedText SoftName = JsonEncodedText.Encode("m");

    public override void Write(Utf8JsonWriter writer, HeldDecision value, JsonSerializerOptions options) => Write(writer, value);

    public static void Write(Utf8JsonWriter writer, HeldDecision value)
    {
        writer.WriteStartObject();
        if (value.Asked is { } asked) writer.WriteString(AskedName, asked);
        if (value.Route is { } route) writer.WriteString(RouteName, route);
        writer.WriteStartArray(TargetsName);
        foreach (var target in value.Targets)
        {
            writer.WriteStartArray();
            writer.WriteStringValue(target.Provider);
            writer.WriteStringValue(target.Model);
            writer.WriteStringValue(target.PriceVersion);
            writer.WriteEndArray();
        }
        writer.WriteEndArray();
        if (value.Budgets.Length > 0)
        {
            writer.WriteStartArray(BudgetsName);
            foreach (var budget in value.Budgets) Write(writer, budget);
            writer.WriteEndArray();
        }
        writer.WriteEndObject();
    }

    public override HeldDecision Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        string? asked = null, route = null;
        HeldTarget[] targets = [];
        HeldBudget[] budgets = [];
        Expect(ref reader, JsonTokenType.StartObject);
        while (Next(ref reader) == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("a"u8)) asked = Text(ref reader);
            else if (reader.ValueTextEquals("w"u8)) route = Text(ref reader);
            else if (reader.ValueTextEquals("t"u8)) targets = Items(ref reader, Target);
            else if (reader.ValueTextEquals("b"u8)) budgets = Items(ref reader, Budget);
            else Pass(ref reader);
        }
        return new HeldDecision { Asked = asked, Targets = targets, Budgets = budgets, Route = route };
    }

    private static void Write(Utf8JsonWriter writer, in HeldBudget budget)
    {
        writer.WriteStartObject();
        writer.WriteString(ScopeName, budget.Scope);
        writer.WriteString(WindowName, budget.Window.ToString());
        writer.WriteNumber(LimitName, budget.Limit.Usd);
        writer.WriteNumber(CountedName, budget.Counted.Usd);
        if (budget.Raised != Money.Zero) writer.WriteNumber(RaisedName, budget.Raised.Usd);
        if (budget.RolledOver != Money.Zero) writer.WriteNumber(RolledOverName, budget.RolledOver.Usd);
        if (budget.Soft) writer.WriteNumber(SoftName, 1);
        writer.WriteEndObject();
    }

    private static HeldTarget Target(ref Utf8JsonReader reader)
    {
        Expect(ref reader, JsonTokenType.StartArray);
        var target = new HeldTarget(Text(ref reader), Text(ref reader), Text(ref reader));
        while (Next(ref reader) != JsonTokenType.EndArray) reader.Skip();
        return target;
    }

    private static HeldBudget Budget(ref Utf8JsonReader reader)
    {
        Expect(ref reader, JsonTokenType.StartObject);
        var (scope, window) = ("", default(BudgetWindow));
        var (limit, counted, raised, rolledOver, soft) = (Money.Zero, Money.Zero, Money.Zero, Money.Zero, false);
        while (Next(ref reader) == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("s"u8)) scope = Scope(Text(ref reader));
            else if (reader.ValueTextEquals("w"u8)) window = BudgetWindow.TryParse(Text(ref reader), out var known) ? known : throw new JsonException("Not a window.");
            else if (reader.ValueTextEquals("l"u8)) limit = Amount(ref reader);
            else if (reader.ValueTextEquals("c"u8)) counted = Amount(ref reader);
            else if (reader.ValueTextEquals("r"u8)) raised = Amount(ref reader);
            else if (reader.ValueTextEquals("o"u8)) rolledOver = Amount(ref reader);
            else if (reader.ValueTextEquals("m"u8)) soft = Next(ref reader) == JsonTokenType.Number && reader.GetInt32() == 1;
            else Pass(ref reader);
        }
        return new HeldBudget { Scope = scope, Window = window, Soft = soft, Limit = limit, Raised = raised, RolledOver = rolledOver, Counted = counted };
    }

    private delegate T Item<T>(ref Utf8JsonReader reader);

    private static T[] Items<T>(ref Utf8JsonReader reader, Item<T> item)
    {
        var items = new List<T>();
        Next(ref reader);
        Expect(ref reader, JsonTokenType.StartArray);
        while (Next(ref reader) != JsonTokenType.EndArray) items.Add(item(ref reader));
        return [.. items];
    }

    // Those of the books are shared constants: a replay reads them a million times.
    private static string Scope(string text) => text switch
    {
        HeldBudget.Tenant => HeldBudget.Tenant,
        HeldBudget.Key => HeldBudget.Key,
        HeldBudget.User => HeldBudget.User,
        _ => throw new JsonException("Not a scope."),
    };

    private static void Pass(ref Utf8JsonReader reader)
    {
        Next(ref reader);
        reader.Skip();
    }

    private static void Expect(ref Utf8JsonReader reader, JsonTokenType token)
    {
        if (reader.TokenType != token) throw new JsonException($"Not {token}.");
    }
}
