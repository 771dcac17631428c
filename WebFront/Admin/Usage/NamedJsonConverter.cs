using System.Text.Json;
using System.Text.Json.Serialization;

namespace OrleansGateway.Admin;

/// <summary>Writes a <see cref="Named"/> as its name or null.</summary>
internal sealed class NamedJsonConverter : JsonConverter<Named>
{
    public override Named Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException("Names of usage rows are only written.");

    public override void Write(Utf8JsonWriter writer, Named value, JsonSerializerOptions options) => writer.WriteStringValue(value.Name);
}
