namespace OrleansGateway.Tests.TestKit;

/// <summary>A body that comes step by step: bytes, silence, a gate to be opened, or a failure; then it ends.</summary>
internal sealed class ScriptedStream : Stream
{
    private readonly Queue<Func<Memory<byte>, CancellationToken, ValueTask<int>>> _steps = new();

    public bool WasRead { get; private set; }

    public ScriptedStream Then(string text) => Then(System.Text.Encoding.UTF8.GetBytes(text));

    public ScriptedStream Then(ReadOnlyMemory<byte> bytes)
    {
        _steps.Enqueue((buffer, _) =>
        {
            var count = Math.Min(buffer.Length, bytes.Length);
            bytes[..count].CopyTo(buffer);
            if (count < bytes.Length) _rest = bytes[count..];
            return new(count);
        });
        return this;
    }

    public ScriptedStream ThenSilence()
    {
        _steps.Enqueue(async (_, cancellationToken) =>
        {
            var never = new TaskCompletionSource<int>();
            await using var registration = cancellationToken.Register(() => never.TrySetCanceled(cancellationToken));
            return await never.Task;
        });
        return this;
    }

    public ScriptedStream ThenWait(Task gate)
    {
        _steps.Enqueue(async (buffer, cancellationToken) =>
        {
            await gate.WaitAsync(cancellationToken);
            return await ReadAsync(buffer, cancellationToken);
        });
        return this;
    }

    public ScriptedStream ThenFail(Exception exception)
    {
        _steps.Enqueue((_, _) => throw exception);
        return this;
    }

    private ReadOnlyMemory<byte> _rest;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (!_rest.IsEmpty)
        {
            var count = Math.Min(buffer.Length, _rest.Length);
            _rest[..count].CopyTo(buffer);
            _rest = _rest[count..];
            return new(count);
        }
        WasRead = _steps.Count == 0;
        return _steps.TryDequeue(out var step) ? step(buffer, cancellationToken) : new(0);
    }

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => throw new NotSupportedException();
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }
    public override void Flush() { }
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
