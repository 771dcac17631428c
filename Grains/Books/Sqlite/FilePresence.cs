using System.Runtime.InteropServices;

namespace OrleansGateway;

/// <summary>Whether files are still where they were.</summary>
internal static class FilePresence
{
    private const int Exists = 0;

    /// <remarks>
    /// <see cref="File.Exists"/> asks for the file's times, and Linux then marks the next write with an exact one (multigrain timestamps, Linux 6.13): the
    /// inode becomes dirty, and each flush of a file that is looked at between two writes writes twice. access(2) asks for the name alone.
    /// </remarks>
    public static bool Of(string path) => OperatingSystem.IsLinux() ? Access(path, Exists) == 0 : File.Exists(path);

    [DllImport("libc", EntryPoint = "access"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Access([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int mode);
}
