using System.Text.Json;

namespace OrleansGateway.Simulator;

/// <summary>Decides one kind of answer; throws <see cref="InvalidRequestException"/> when it cannot.</summary>
internal delegate Answer ComposeAnswer(RequestBody body, SimulatorScript script, long seq, long created);

/// <summary>The life of one call: read, admit, find its script, decide the answer, play it.</summary>
internal sealed class CallPipeline(SimulatorHandle simulator, SimulatorOptions options, CancellationToken stopping)
{
    public async Task RunAsync(HttpContext http, ComposeAnswer compose)
    {
        using var body = await RequestBody.ReadAsync(http, options.KeepRequests);
        var call = simulator.Calls.Receive(http.Request, body);
        http.Response.Headers["x-request-id"] = $"req_sim{call.Seq:d10}";
        try
        {
            await AdmitAsync(http, call, body, compose);
        }
        finally
        {
            simulator.Calls.End(call, http.Response.StatusCode);
        }
    }

    private async Task AdmitAsync(HttpContext http, ReceivedCall call, RequestBody body, ComposeAnswer compose)
    {
        if (!Admission.Accepts(http.Request, options.ApiKey, out var missing))
        {
            await ErrorAnswers.UnauthorizedAsync(http, missing);
            return;
        }

        if (body.Fault is not null)
        {
            await ErrorAnswers.InvalidAsync(http, body.Fault, param: null, "invalid_json");
            return;
        }

        if (!simulator.Limits.Take(http, body.Model))
        {
            await ErrorAnswers.RateLimitedAsync(http);
            return;
        }

        SimulatorScript script;
        Answer answer;
        try
        {
            script = ScriptFor(http.Request, body);
            answer = compose(body, script, call.Seq, options.TimeProvider.GetUtcNow().ToUnixTimeSeconds());
        }
        catch (JsonException wrong)
        {
            await ErrorAnswers.InvalidAsync(http, "The simulator cannot follow this script: " + wrong.Message, "x_sim", "invalid_script");
            return;
        }
        catch (InvalidRequestException wrong)
        {
            await ErrorAnswers.InvalidAsync(http, wrong.Message, wrong.Param, "invalid_value");
            return;
        }
        catch (InvalidOperationException)
        {
            // System.Text.Json says so only when a string is looked at.
            await ErrorAnswers.InvalidAsync(http, "The body holds text that is not valid Unicode.", param: null, "invalid_json");
            return;
        }

        using var left = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, stopping);
        var meter = new Meter(simulator.Bill, call, answer, script, options.TimeProvider);
        await new Performance(http, call, script, answer, meter, simulator.Gates, options.TimeProvider, left.Token).PlayAsync();
    }

    private SimulatorScript ScriptFor(HttpRequest request, RequestBody body)
    {
        if (request.Headers.TryGetValue("x-sim", out var header) && header is [{ Length: > 0 } json, ..])
        {
            return ScriptReader.ReadHeader(json);
        }

        return body.Root.Find("x_sim") is { } script ? ScriptReader.Read(script) : simulator.Script.Take(body.Model);
    }
}
