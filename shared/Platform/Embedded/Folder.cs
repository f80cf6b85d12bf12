using System.Runtime.InteropServices;

namespace Lace.Platform.Embedded;

/// <summary>What POSIX gives and .NET does not: names made durable, and a name taken only if it is free.</summary>
/// <remarks>
/// Windows journals names itself, so nothing is flushed there, and its rename refuses to replace. On macOS a name reaches the
/// drive's cache, which a loss of power may empty.
/// </remarks>
internal static partial class Folder
{
    private const int AlreadyExists = 17; // EEXIST on Linux and macOS

    /// <summary>Returns when the entries of the folder, as they are now, survive a loss of power.</summary>
    public static void Sync(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var descriptor = Open(folder, 0);
        if (descriptor < 0)
        {
            throw Failed("open", folder);
        }

        try
        {
            if (Fsync(descriptor) != 0)
            {
                throw Failed("flush", folder);
            }
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    /// <summary>Gives a file a second name; false if that is taken. File.Move looks first and renames then, which two processes can interleave.</summary>
    public static bool TryLink(string file, string name)
    {
        if (OperatingSystem.IsWindows())
        {
            return TryMoveOnWindows(file, name);
        }

        if (Link(file, name) == 0)
        {
            return true;
        }

        return Marshal.GetLastPInvokeError() == AlreadyExists ? false : throw Failed("link", name);
    }

    private static bool TryMoveOnWindows(string file, string name)
    {
        try
        {
            File.Move(file, name);
            return true;
        }
        catch (IOException) when (File.Exists(name))
        {
            return false;
        }
    }

    private static IOException Failed(string what, string path)
    {
        var error = Marshal.GetLastPInvokeError();
        return new IOException($"{what} {path}: {Marshal.GetPInvokeErrorMessage(error)}", error);
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string file, string name);
}
