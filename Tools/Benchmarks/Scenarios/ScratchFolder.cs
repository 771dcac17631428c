namespace OrleansGateway.Benchmarks;

/// <summary>A folder that is gone when the scenario is over.</summary>
internal sealed class ScratchFolder(string name) : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory($"orleans-gateway-{name}-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
