using System.Buffers;

namespace OrleansGateway.Simulator;

/// <summary>What a healthy upstream would say to one call, decided before the first wait.</summary>
internal abstract class Answer
{
    public required string Id { get; init; }

    public required string Model { get; init; }

    public required long Created { get; init; }

    public required UsageTokens Usage { get; init; }

    /// <summary>The most output tokens the request allows.</summary>
    public int? Cap { get; init; }

    public bool Streams { get; init; }

    /// <summary>The error that its script wants in its place.</summary>
    public virtual byte[] ErrorBody(SimulatorScript script) => ErrorAnswers.Scripted(script, this);

    public abstract void WriteJson(IBufferWriter<byte> to, UsageShape shape);
}
