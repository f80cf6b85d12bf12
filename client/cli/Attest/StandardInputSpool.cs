using Lace.Evidence.Datasets;
using Microsoft.Win32.SafeHandles;

namespace Lace.Cli.Attest;

/// <summary>Standard input on disk, as it has to be read twice: a file without a name, so that nothing is left even after a kill.</summary>
internal sealed class StandardInputSpool : IDisposable
{
    private readonly FileStream file;

    private StandardInputSpool(FileStream file) => this.file = file;

    public long Size => file.Length;

    public static async Task<StandardInputSpool> FillAsync(
        Stream input,
        string folder,
        CancellationToken cancellationToken
    )
    {
        var path = Path.Combine(folder, $"spool-{Guid.NewGuid():N}");
        var opened = PrivateFiles.Open(path, FileMode.CreateNew, FileShare.None);
        File.Delete(path);
        await input.CopyToAsync(opened, 1 << 20, cancellationToken);
        await opened.FlushAsync(cancellationToken);
        return new StandardInputSpool(opened);
    }

    public DatasetSource ToSource(Action<int> onRead) =>
        new(
            "standard input",
            DatasetFormat.JsonLines,
            () => new CountedStream(new HandleStream(file.SafeFileHandle), onRead)
        );

    public void Dispose() => file.Dispose();

    /// <summary>Reads the file from its start, independently of every other reader, and leaves it open.</summary>
    private sealed class HandleStream(SafeFileHandle file) : Stream
    {
        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => RandomAccess.GetLength(file);
        public override long Position { get; set; }

        public override int Read(Span<byte> buffer)
        {
            var read = RandomAccess.Read(file, buffer, Position);
            Position += read;
            return read;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override void Flush() { }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
