namespace OrleansGateway;

/// <summary>
/// The newest refusals of one activation, so that a caller who asks why gets an answer. They are in no book, since a refused request costs
/// nothing, and so they are forgotten with the activation.
/// </summary>
internal sealed class Refusals(int capacity)
{
    private const int FirstSize = 16;

    private Refusal[] _ring = [];
    private int _next;

    public void Remember(ReservationRequest request, ReservationOutcome outcome, DateTimeOffset at)
    {
        if (capacity == 0) return;
        if (_next == _ring.Length)
        {
            if (_ring.Length < capacity) Array.Resize(ref _ring, Math.Min(capacity, Math.Max(FirstSize, _ring.Length * 2)));
            else _next = 0;
        }
        _ring[_next++] = new Refusal(at, request.Hold.RequestId, request.KeyId, request.User, request.Model, request.Api, outcome);
    }

    /// <summary>Null when it was never refused here, or too long ago.</summary>
    public Refusal? Find(string requestId)
    {
        foreach (ref readonly var refusal in _ring.AsSpan())
            if (refusal.RequestId == requestId) return refusal;
        return null;
    }
}

/// <summary>One refusal, and what was asked.</summary>
internal readonly record struct Refusal(DateTimeOffset At, string RequestId, string KeyId, string? User, string? Model, UpstreamApi Api, ReservationOutcome Outcome);
