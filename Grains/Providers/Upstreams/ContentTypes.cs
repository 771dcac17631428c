namespace OrleansGateway;

/// <summary>What an upstream says its answer is: to be checked, never taken from the request.</summary>
internal static class ContentTypes
{
    public static bool IsEventStream(HttpResponseMessage response) => Is(response, "text/event-stream");

    public static bool IsJson(HttpResponseMessage response) => Is(response, "application/json");

    /// <summary>Whether it says nothing at all.</summary>
    public static bool IsUnknown(HttpResponseMessage response) => !response.Content.Headers.NonValidated.Contains("Content-Type");

    private static bool Is(HttpResponseMessage response, string type) =>
        response.Content.Headers.NonValidated.TryGetValues("Content-Type", out var values)
        && values.ToString().StartsWith(type, StringComparison.OrdinalIgnoreCase);
}
