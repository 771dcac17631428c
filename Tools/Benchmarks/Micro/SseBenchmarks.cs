using BenchmarkDotNet.Attributes;

namespace OrleansGateway.Benchmarks;

/// <summary>Cutting a stream into its events, in the pieces that a network gives.</summary>
public class SseBenchmarks
{
    private const int Events = 50;

    private byte[] _stream = [];

    /// <summary>Bytes that come at once.</summary>
    [Params(128, 4096)]
    public int ReadBytes { get; set; }

    [GlobalSetup]
    public void SetUp() => _stream = [.. FixedAnswers.Events(Events).SelectMany(bytes => bytes)];

    [Benchmark(Description = "read one event of a stream", OperationsPerInvoke = Events)]
    public int Read()
    {
        using var reader = new SseReader();
        var (read, length) = (0, 0);
        while (read < _stream.Length)
        {
            var piece = _stream.AsSpan(read, Math.Min(ReadBytes, _stream.Length - read));
            piece.CopyTo(reader.GetMemory().Span);
            reader.Advance(piece.Length);
            read += piece.Length;
            while (reader.TryRead(out var next)) length += next.Data.Length;
        }
        return length;
    }
}
