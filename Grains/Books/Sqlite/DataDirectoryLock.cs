using System.Globalization;

namespace OrleansGateway;

/// <summary>Holds a data directory for this process until disposed; the operating system lets go of it when the process dies.</summary>
internal sealed class DataDirectoryLock : IDisposable
{
    private readonly FileStream _lock;
    private readonly string _holderFile;

    private DataDirectoryLock(FileStream heldLock, string holderFile) => (_lock, _holderFile) = (heldLock, holderFile);

    /// <exception cref="DataDirectoryInUseException">Another process, or another store in this one, has it.</exception>
    public static DataDirectoryLock Take(string directory)
    {
        // The lock file itself cannot be read while it is held, so who holds it stands in a file beside it.
        var holderFile = Path.Combine(directory, "gateway.pid");
        var lockFile = Path.Combine(directory, "gateway.lock");
        FileStream heldLock;
        try
        {
            OwnFiles.Create(lockFile);
            heldLock = new FileStream(lockFile, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException held) when (held is not (DirectoryNotFoundException or PathTooLongException))
        {
            throw DataDirectoryInUseException.For(directory, HolderIn(holderFile), held);
        }

        try
        {
            OwnFiles.Create(holderFile);
            File.WriteAllText(holderFile, string.Create(CultureInfo.InvariantCulture, $"process {Environment.ProcessId} on {Environment.MachineName}"));
            return new DataDirectoryLock(heldLock, holderFile);
        }
        catch
        {
            heldLock.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        try
        {
            File.Delete(_holderFile);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // Only a hint for people: the next holder writes it anew.
        }

        _lock.Dispose();
    }

    private static string HolderIn(string holderFile)
    {
        try
        {
            return File.ReadAllText(holderFile);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return "another process";
        }
    }
}
