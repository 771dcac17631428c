using System.Buffers;
using System.Text.Json;

namespace OrleansGateway.Simulator;

/// <summary>The models the simulator says it has.</summary>
internal sealed class ModelListApi(SimulatorOptions options)
{
    private const long Created = 1_735_689_600;

    public Task ListAsync(HttpContext http) => AnswerAsync(http, json =>
    {
        json.WriteStartObject();
        json.WriteString("object", "list");
        json.WriteStartArray("data");
        foreach (var model in options.Models)
        {
            Write(json, model);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    });

    public Task GetAsync(HttpContext http)
    {
        var id = http.GetRouteValue("id") as string ?? "";
        return options.Models.Contains(id) || !Admission.Accepts(http.Request, options.ApiKey, out _)
            ? AnswerAsync(http, json => Write(json, id))
            : ErrorAnswers.UnknownModelAsync(http, id);
    }

    private async Task AnswerAsync(HttpContext http, Action<Utf8JsonWriter> write)
    {
        if (!Admission.Accepts(http.Request, options.ApiKey, out var missing))
        {
            await ErrorAnswers.UnauthorizedAsync(http, missing);
            return;
        }

        var buffer = new ArrayBufferWriter<byte>();
        await using (var json = new Utf8JsonWriter(buffer, SimulatorJson.Wire))
        {
            write(json);
        }

        await ErrorAnswers.WriteAsync(http, StatusCodes.Status200OK, buffer.WrittenSpan.ToArray());
    }

    private static void Write(Utf8JsonWriter json, string id)
    {
        json.WriteStartObject();
        json.WriteString("id", id);
        json.WriteString("object", "model");
        json.WriteNumber("created", Created);
        json.WriteString("owned_by", "simulator");
        json.WriteEndObject();
    }
}
