namespace OrleansGateway.Simulator;

/// <summary>Answers that are no answer: errors with a status, redirects, web pages, errors dressed as success.</summary>
internal static class Refusals
{
    public static bool IsOne(SimulatorScript script) => script.Status is not null || script.RedirectTo is not null || script.HtmlWith200 || script.ErrorIn200;

    public static Task SendAsync(HttpContext http, SimulatorScript script, Answer answer, Meter meter)
    {
        var status = script switch
        {
            { RedirectTo: not null } => script.Status ?? StatusCodes.Status307TemporaryRedirect,
            { HtmlWith200: true } or { ErrorIn200: true } => StatusCodes.Status200OK,
            _ => script.Status!.Value,
        };
        meter.BillFailure(status);

        if (script.RetryAfter is not null)
        {
            http.Response.Headers.RetryAfter = script.RetryAfter;
        }

        if (script.RedirectTo is not null)
        {
            http.Response.Headers.Location = script.RedirectTo;
        }

        if (script.RawBody is not null || script.HtmlWith200)
        {
            return ErrorAnswers.WriteTextAsync(http, status, script.RawBody ?? ErrorAnswers.Page, script.ContentType ?? "text/html; charset=utf-8");
        }

        return ErrorAnswers.WriteAsync(http, status, answer.ErrorBody(script), script.ContentType ?? "application/json");
    }
}
