using System.Text;

namespace OrleansGateway.Tests.TestKit;

/// <summary>A caller's end of a stream: keeps what came, and can be slow or go away.</summary>
internal sealed class FakeSink : IChunkSink
{
    private readonly StringBuilder _received = new();

    public string Received => _received.ToString();

    public List<string> Batches { get; } = [];

    public AnsweredBy? By => Head?.By;

    public StreamHead? Head { get; private set; }

    /// <summary>The push, counted from 0, at which the caller is found gone.</summary>
    public int? GoneAt { get; set; }

    /// <summary>What a push fails with, once <see cref="GoneAt"/> is reached.</summary>
    public Exception? FailsWith { get; set; }

    /// <summary>What every push waits for.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    public Action? OnPush { get; set; }

    public int InFlight { get; private set; }

    public async Task<bool> Push(int number, StreamHead? head, ReadOnlyMemory<byte> events)
    {
        Assert.Equal(0, InFlight);
        Assert.Equal(Batches.Count, number);
        InFlight++;
        OnPush?.Invoke();
        await Gate;
        InFlight--;
        if (number >= GoneAt) return FailsWith is null ? false : throw FailsWith;
        Assert.Equal(number == 0, head is not null);
        Head ??= head;
        Batches.Add(Encoding.UTF8.GetString(events.Span));
        _received.Append(Batches[^1]);
        return true;
    }
}
