using System.IO.Compression;
using Lace.Evidence.Datasets;

namespace Lace.Cli.Attest;

/// <summary>A file of the dataset.</summary>
/// <param name="Name">As the user knows it.</param>
internal sealed record SourceFile(string Name, string FullPath, DatasetFormat Format)
{
    /// <summary>Bytes on disk.</summary>
    public long Size => new FileInfo(FullPath).Length;

    /// <param name="onRead">Told of each block read from disk.</param>
    public DatasetSource ToSource(Action<int> onRead) =>
        new(
            Name,
            Format,
            () =>
            {
                var file = new FileStream(
                    FullPath,
                    FileMode.Open,
                    FileAccess.Read,
                    FileShare.ReadWrite | FileShare.Delete,
                    1
                );
                var counted = new CountedStream(file, onRead);
                return SourceFormats.IsCompressed(FullPath) ? Decompress(counted, file.Length) : counted;
            }
        );

    /// <summary>The content of a gzip file; one that is cut off or broken fails here or on reading.</summary>
    internal static Stream Decompress(Stream compressed, long size)
    {
        if (size == 0)
        {
            throw new InvalidDataException("The file is empty.");
        }

        return new GZipStream(compressed, CompressionMode.Decompress);
    }
}
