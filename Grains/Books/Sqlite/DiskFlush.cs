using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace OrleansGateway;

/// <summary>Waits until the disk has what was written.</summary>
internal static class DiskFlush
{
    private const int ReadOnly = 0;

    /// <summary>
    /// A file's bytes and length; on Linux without the time of its last change, which would be a second write (fdatasync(2)). Throws
    /// <see cref="IOException"/>: what the disk has is unknown then.
    /// </summary>
    public static void Data(SafeFileHandle file)
    {
        if (!OperatingSystem.IsLinux()) RandomAccess.FlushToDisk(file);
        else if (DataSync(file) != 0) throw Fault();
    }

    /// <summary>A directory's names, so that a file just made there is found after a loss of power. Nothing to do where the system has no such call.</summary>
    public static void Names(string directory)
    {
        if (!OperatingSystem.IsLinux()) return;
        using var opened = Open(directory, ReadOnly);
        if (opened.IsInvalid || Sync(opened) != 0) throw Fault();
    }

    private static IOException Fault() => new(new Win32Exception(Marshal.GetLastPInvokeError()).Message);

    [DllImport("libc", EntryPoint = "fdatasync", SetLastError = true), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int DataSync(SafeFileHandle file);

    [DllImport("libc", EntryPoint = "fsync", SetLastError = true), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Sync(SafeFileHandle file);

    [DllImport("libc", EntryPoint = "open", SetLastError = true), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern SafeFileHandle Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);
}
