using System.Security.Cryptography;
using Lace.Cryptography.Sealing;
using Lace.Platform;
using Lace.Records.Training;

namespace Lace.Tests.Records.Training;

/// <summary>Sealed files that are cut into blobs.</summary>
public sealed class SealedBlobTests : IDisposable
{
    private const string Folder = "artifacts/art-1/";

    private static readonly byte[] Key = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];
    private static readonly SealContext Context = new("acme", "artifact", "art-1");

    private readonly TrainingWorld world = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private IBlobStore Blobs => world.Platform.Blobs;

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1_000, 1)]
    [InlineData(SealedBlobs.PartSize + 100_000, 2)]
    public async Task What_was_written_comes_back_whole_and_in_pieces(int length, int parts)
    {
        var content = new byte[length];
        new Random(1).NextBytes(content);
        var blob = await WriteAsync(content);
        Assert.Equal((length, parts), (blob.Bytes, blob.Parts));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(content)), blob.Sha256);
        var (result, stream) = await OpenAsync(blob);
        Assert.Equal(OpenResult.Opened, result);
        using var read = new MemoryStream();
        await stream!.CopyToAsync(read, Cancel);
        Assert.True(content.AsSpan().SequenceEqual(read.ToArray()));
        if (length > 10)
        {
            stream.Position = length - 7;
            var end = new byte[7];
            await stream.ReadExactlyAsync(end, Cancel);
            Assert.Equal(content[^7..], end);
        }
    }

    [Fact]
    public async Task A_write_that_fails_half_way_fails_and_leaves_nothing_that_opens()
    {
        var failure = await Assert.ThrowsAsync<IOException>(() =>
            SealedBlobs.WriteAsync(
                Blobs,
                TrainingWorld.Tenant,
                Folder,
                Key,
                Context,
                stream =>
                {
                    stream.Write(new byte[1000]);
                    throw new IOException("the model went away");
                },
                Cancel
            )
        );
        Assert.Equal("the model went away", failure.Message);
        Assert.Null(await Blobs.GetAsync(SealedBlobs.PartKey(TrainingWorld.Tenant, Folder, 0), Cancel));
    }

    [Fact]
    public async Task Under_another_key_or_name_it_does_not_open()
    {
        var blob = await WriteAsync(new byte[100]);
        Assert.Equal(OpenResult.WrongKeyOrContext, (await OpenAsync(blob, key: new byte[32])).Result);
        Assert.Equal(
            OpenResult.WrongKeyOrContext,
            (await OpenAsync(blob, context: Context with { ObjectId = "art-2" })).Result
        );
    }

    public void Dispose() => world.Dispose();

    private Task<SealedBlob> WriteAsync(byte[] content) =>
        SealedBlobs.WriteAsync(Blobs, TrainingWorld.Tenant, Folder, Key, Context, s => s.Write(content), Cancel);

    private Task<(OpenResult Result, Stream? Plaintext)> OpenAsync(
        SealedBlob blob,
        byte[]? key = null,
        SealContext? context = null
    ) => SealedBlobs.OpenAsync(Blobs, TrainingWorld.Tenant, Folder, blob, key ?? Key, context ?? Context, Cancel);
}
