using System.Text.Json;
using System.Text.Json.Serialization;

namespace OrleansGateway;

/// <summary>Reads and writes <see cref="BudgetWindow"/> as its text.</summary>
public sealed class BudgetWindowJsonConverter : JsonConverter<BudgetWindow>
{
    /// <inheritdoc/>
    public override BudgetWindow Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && BudgetWindow.TryParse(reader.GetString(), out var window)
            ? window
            : throw new JsonException($"A window is {BudgetWindow.Expected}.");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, BudgetWindow value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStringValue(value.ToString());
    }
}
