namespace OrleansGateway.Admin;

/// <summary>What an operator asks of a rotation.</summary>
internal sealed record RotateRequest
{
    public const int MaxGraceSeconds = 30 * 24 * 60 * 60;

    public int GraceSeconds { get; init; }
}
