using System.Text.Json;

namespace OrleansGateway.Simulator;

/// <summary>How one API spells a chat answer: whole, and event by event.</summary>
internal abstract class AnswerWire
{
    /// <summary>What stands before an answer's number in its id.</summary>
    public abstract string IdPrefix { get; }

    /// <summary>Whether a stream ends with <c>[DONE]</c>.</summary>
    public virtual bool EndsWithDone => false;

    /// <summary>The events in order.</summary>
    public abstract IEnumerable<ChatChunk> Chunks(ChatAnswer answer, SimulatorScript script);

    public abstract void WriteWhole(Utf8JsonWriter json, ChatAnswer answer, UsageShape shape);

    /// <summary>Writes one event's data and gives its name, if it has one.</summary>
    public abstract string? WriteEvent(Utf8JsonWriter json, ChatAnswer answer, StreamedEvent one);

    /// <summary>An error, as a response's body.</summary>
    public virtual byte[] Error(SimulatorScript script, ChatAnswer answer) => ErrorAnswers.Scripted(script, answer);

    /// <summary>An error, as a stream's event.</summary>
    public virtual (string? Name, byte[] Data) ErrorEvent(SimulatorScript script, ChatAnswer answer) => (null, Error(script, answer));
}

/// <summary>One event about to be written.</summary>
/// <param name="Chunk">What it carries.</param>
/// <param name="Number">How many came before it.</param>
/// <param name="SoFar">What a cumulative usage says; null for none.</param>
/// <param name="Padding">Filler, for an event that must be large.</param>
/// <param name="Shape">How usage is reported.</param>
internal readonly record struct StreamedEvent(ChatChunk Chunk, int Number, UsageTokens? SoFar, int Padding, UsageShape Shape);
