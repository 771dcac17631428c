using System.Text.Json;

namespace OrleansGateway.Simulator;

/// <summary>What a test in another process does with the simulator: scripts, gates, bill, calls.</summary>
internal sealed class AdminApi(SimulatorHandle simulator)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.Map("/__sim/script", HttpMethods.Get, http => SendAsync(http, simulator.Script.Default));
        routes.Map("/__sim/script", HttpMethods.Put, http => ReadAsync(http, json => simulator.Script.Default = ScriptReader.Read(json)));
        routes.Map("/__sim/script", HttpMethods.Delete, http => DoAsync(http, simulator.Script.Clear));
        routes.Map("/__sim/script/next", HttpMethods.Post, http => ReadAsync(http, json =>
        {
            foreach (var entry in ScriptReader.ReadNext(json))
            {
                simulator.Script.Next(entry);
            }
        }));
        routes.Map("/__sim/gates/{name}", HttpMethods.Get, http =>
            SendAsync(http, new { name = Gate(http), open = simulator.Gates.IsOpen(Gate(http)), waiting = simulator.Gates.Waiting(Gate(http)) }));
        routes.Map("/__sim/gates/{name}/open", HttpMethods.Post, http => DoAsync(http, () => simulator.Gates.Open(Gate(http))));
        routes.Map("/__sim/gates/{name}/close", HttpMethods.Post, http => DoAsync(http, () => simulator.Gates.Close(Gate(http))));
        routes.Map("/__sim/gates/{name}/release", HttpMethods.Post, http => DoAsync(http, () => simulator.Gates.Release(Gate(http))));
        routes.Map("/__sim/bill", HttpMethods.Get, http => SendAsync(http, simulator.Bill.Snapshot()));
        routes.Map("/__sim/bill", HttpMethods.Delete, http => DoAsync(http, simulator.Bill.Clear));
        routes.Map("/__sim/calls", HttpMethods.Get, http => SendAsync(http, new { calls = simulator.Calls.All() }));
    }

    private static string Gate(HttpContext http) => (string)http.GetRouteValue("name")!;

    private static async Task SendAsync<T>(HttpContext http, T answer) =>
        await ErrorAnswers.WriteAsync(http, StatusCodes.Status200OK, JsonSerializer.SerializeToUtf8Bytes(answer, SimulatorJson.Options));

    private static Task DoAsync(HttpContext http, Action action)
    {
        action();
        http.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    private static async Task ReadAsync(HttpContext http, Action<JsonElement> action)
    {
        try
        {
            using var json = await JsonDocument.ParseAsync(http.Request.Body, cancellationToken: http.RequestAborted);
            action(json.RootElement);
            http.Response.StatusCode = StatusCodes.Status204NoContent;
        }
        catch (JsonException wrong)
        {
            await ErrorAnswers.InvalidAsync(http, "The simulator cannot follow this script: " + wrong.Message, param: null, "invalid_script");
        }
    }
}
