using System.Security.Cryptography;

namespace Lace.Platform.Embedded;

/// <summary>Small files that hold secrets: their owner's alone, replaced as a whole, overwritten before they go.</summary>
internal static class SecretFile
{
    private const string Next = ".next";
    private const string Destroyed = ".destroyed";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>The bytes, which the caller zeroes, or null where there is no file. One that others may read is refused.</summary>
    /// <param name="maxBytes">What is longer comes cut, and so cannot be whole.</param>
    public static byte[]? Read(string path, int maxBytes)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            using var file = File.OpenHandle(path, share: FileShare.ReadWrite | FileShare.Delete);
            RefuseIfOthersMayRead(file, path);
            var bytes = new byte[Math.Min(RandomAccess.GetLength(file), maxBytes)];
            RandomAccess.Read(file, bytes, 0);
            return bytes;
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Under a lock of its caller. After a crash the old content is there or the new one.</summary>
    public static void Replace(string path, ReadOnlySpan<byte> content)
    {
        var next = path + Next;
        File.Delete(next);
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnly;
        }

        using (var file = new FileStream(next, options))
        {
            file.Write(content);
            file.Flush(flushToDisk: true);
        }

        File.Move(next, path, overwrite: true);
        Folder.Sync(Path.GetDirectoryName(path)!);
    }

    /// <summary>Zeros in place, then no file: a disk that does not move blocks forgets it. <see cref="Sweep"/> ends what a crash cut short.</summary>
    public static void Destroy(string path)
    {
        // What a crash left of a replacement holds the same secrets.
        foreach (var file in (string[])[path + Next, path])
        {
            if (File.Exists(file))
            {
                var folder = Path.GetDirectoryName(file)!;
                File.Move(file, file + Destroyed, overwrite: true);
                Folder.Sync(folder);
                Overwrite(file + Destroyed);
                Folder.Sync(folder);
            }
        }
    }

    public static void Sweep(string folder)
    {
        foreach (var left in Directory.GetFiles(folder, "*" + Destroyed))
        {
            Overwrite(left);
        }
    }

    /// <summary>The content and the SHA-256 of it, which tells damage from anything else.</summary>
    public static bool EndsWithItsDigest(ReadOnlySpan<byte> content) =>
        content.Length >= SHA256.HashSizeInBytes
        && CryptographicOperations.FixedTimeEquals(
            SHA256.HashData(content[..^SHA256.HashSizeInBytes]),
            content[^SHA256.HashSizeInBytes..]
        );

    private static void Overwrite(string path)
    {
        using (var file = File.OpenHandle(path, FileMode.Open, FileAccess.Write))
        {
            RandomAccess.Write(file, new byte[RandomAccess.GetLength(file)], 0);
            RandomAccess.FlushToDisk(file);
        }

        File.Delete(path);
    }

    private static void RefuseIfOthersMayRead(Microsoft.Win32.SafeHandles.SafeFileHandle file, string path)
    {
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(file) & ~OwnerOnly) != UnixFileMode.None)
        {
            throw new StorageException($"{path} may be read by others. Change it by `chmod 600`, and rotate the keys.");
        }
    }
}
