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
                return SourceFormats.IsCompressed(FullPath)
                    ? new GZipStream(counted, CompressionMode.Decompress)
                    : counted;
            }
        );
}
