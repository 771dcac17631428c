using System.Net;
using k8s.Autorest;

namespace OrleansGateway;

/// <summary>Which exceptions mean that the API server did not do as asked, and which of them pass by themselves.</summary>
internal static class ApiFaults
{
    /// <summary>It is away, starts, looks for a leader, or has too much to do.</summary>
    public static bool MayPass(Exception fault) =>
        fault is HttpRequestException or TimeoutException
            or HttpOperationException { Response.StatusCode: HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError };
}
