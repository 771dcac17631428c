using System.Text.Json.Serialization;

namespace OrleansGateway.Simulator;

/// <summary>One call as it came in, and how it ended; never holds the key.</summary>
public sealed class ReceivedCall
{
    /// <summary>Its number among all received.</summary>
    public long Seq { get; internal init; }

    /// <summary>When it was received.</summary>
    public DateTimeOffset At { get; internal init; }

    /// <summary>The path called.</summary>
    public required string Path { get; init; }

    /// <summary>The model asked for, if that could be read.</summary>
    public string? Model { get; internal init; }

    /// <summary>Whether a stream was asked for.</summary>
    public bool Stream { get; internal init; }

    /// <summary>The caller's <c>x-request-id</c>.</summary>
    public string? RequestId { get; internal init; }

    /// <summary>The request's <c>user</c>.</summary>
    public string? User { get; internal init; }

    /// <summary>The scheme of the authorization header, without what follows it; <c>x-api-key</c> when the key came in that.</summary>
    public string? Authorization { get; internal init; }

    /// <summary>The status sent; null while it runs, 0 when the connection was closed before any, 499 when the caller left before any.</summary>
    public int? Status { get; internal set; }

    /// <summary>Whether the caller hung up first.</summary>
    public bool CallerLeft { get; internal set; }

    /// <summary>Whether it is on the bill.</summary>
    public bool Billed { get; internal set; }

    /// <summary>The request's headers, secrets masked; null unless <see cref="SimulatorOptions.KeepRequests"/>.</summary>
    [JsonIgnore]
    public IReadOnlyDictionary<string, string>? Headers { get; internal init; }

    /// <summary>The request's body as it came; null unless <see cref="SimulatorOptions.KeepRequests"/>.</summary>
    [JsonIgnore]
    public ReadOnlyMemory<byte>? Body { get; internal init; }
}
