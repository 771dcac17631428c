using System.Text.Json;

namespace OrleansGateway.Simulator;

/// <summary>The bill as fsynced JSON lines; a last line torn by a crash is dropped when it is opened.</summary>
internal sealed class BillFile : IDisposable
{
    private readonly FileStream _file;

    public BillFile(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        _file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
    }

    public List<BilledCall> ReadAll()
    {
        var bytes = new byte[_file.Length];
        _file.Position = 0;
        _file.ReadExactly(bytes);

        var calls = new List<BilledCall>();
        var start = 0;
        for (int end; (end = Array.IndexOf(bytes, (byte)'\n', start)) >= 0; start = end + 1)
        {
            calls.Add(JsonSerializer.Deserialize<BilledCall>(bytes.AsSpan(start, end - start), SimulatorJson.Options)!);
        }

        _file.SetLength(start);
        _file.Position = start;
        return calls;
    }

    public void Append(BilledCall call)
    {
        _file.Write([.. JsonSerializer.SerializeToUtf8Bytes(call, SimulatorJson.Options), (byte)'\n']);
        _file.Flush(flushToDisk: true);
    }

    public void Clear()
    {
        _file.SetLength(0);
        _file.Position = 0;
        _file.Flush(flushToDisk: true);
    }

    public void Dispose() => _file.Dispose();
}
