namespace OrleansGateway;

/// <summary>
/// Files that nobody but the gateway's own user may read, on Unix: books tell who asked for what and when, and answers that are kept are whole. What is there already keeps
/// the rights that somebody gave it.
/// </summary>
internal static class OwnFiles
{
    private const UnixFileMode File600 = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Makes a directory unless it is there.</summary>
    public static void CreateDirectory(string path)
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(path);
        else Directory.CreateDirectory(path, File600 | UnixFileMode.UserExecute);
    }

    /// <summary>Makes an empty file unless it is there.</summary>
    public static void Create(string path)
    {
        if (OperatingSystem.IsWindows() || File.Exists(path)) return;
        new FileStream(path, new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.Write, Share = FileShare.ReadWrite, UnixCreateMode = File600 }).Dispose();
    }
}
