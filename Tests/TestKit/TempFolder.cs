namespace OrleansGateway.Tests.TestKit;

/// <summary>A folder of its own for a test, gone with it.</summary>
internal sealed class TempFolder(string? parent = null) : IDisposable
{
    private const string Memory = "/dev/shm";

    public string Path { get; } = parent is null
        ? Directory.CreateTempSubdirectory("orleans-gateway-").FullName
        : Directory.CreateDirectory($"{parent}/orleans-gateway-{Guid.NewGuid():N}").FullName;

    /// <summary>One in memory where the machine has such: a flush takes no time there, whatever others do to the disk.</summary>
    public static TempFolder InMemory() => new(Directory.Exists(Memory) ? Memory : null);

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
