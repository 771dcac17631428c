namespace OrleansGateway;

/// <summary>A request as a web front hands it to the pool: what it asks the tenant for, and what is sent upstream once that is granted.</summary>
/// <param name="TenantId">The tenant that pays.</param>
/// <param name="Reservation">What it could cost at most. Its hold's request id names the call.</param>
/// <param name="Request">What the caller sent.</param>
[GenerateSerializer, Immutable, Alias("pool-call")]
public sealed record PoolCall(
    [property: Id(0)] string TenantId,
    [property: Id(1)] ReservationRequest Reservation,
    [property: Id(2)] UpstreamRequest Request)
{
    /// <summary>The request, as in <c>x-request-id</c>.</summary>
    public string RequestId => Reservation.Hold.RequestId;
}
