namespace OrleansGateway.Simulator;

/// <summary>The request cannot be answered; <see cref="Param"/> names the field at fault.</summary>
internal sealed class InvalidRequestException(string message, string? param) : Exception(message)
{
    public string? Param { get; } = param;
}
