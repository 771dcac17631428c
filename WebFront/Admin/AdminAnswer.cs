namespace OrleansGateway.Admin;

/// <summary>An answer in JSON, never kept by a cache.</summary>
internal sealed class AdminAnswer(int status, object body, EntityTag? tag = null, string? location = null) : IResult
{
    public static AdminAnswer Ok(object body, EntityTag? tag = null) => new(StatusCodes.Status200OK, body, tag);

    public static AdminAnswer Created(object body, EntityTag tag, string location) => new(StatusCodes.Status201Created, body, tag, location);

    public Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.StatusCode = status;
        response.Headers.CacheControl = "no-store";
        if (tag is { } known) response.Headers.ETag = known.ToString();
        if (location is not null) response.Headers.Location = location;
        return response.WriteAsJsonAsync(body, body.GetType(), AdminJson.Options, "application/json", httpContext.RequestAborted);
    }
}
