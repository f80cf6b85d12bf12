using System.Text;
using Lace.Evidence.Datasets;
using Lace.Evidence.Transparency;

namespace Lace.Tests.Evidence.Datasets;

public sealed class DatasetChunkTests
{
    private const string Id = "lace-20261120-134501-x7k2p9";

    [Fact]
    public void Gives_back_what_was_written()
    {
        var entries = Entries(300, seed: 1);
        Assert.True(DatasetChunk.TryParse(Chunk(entries), Id, 7, out var chunk, out var error));
        Assert.Equal(ChunkError.None, error);
        Assert.Equal(300, chunk.Count);
        var totals = default(RecordFeatures);
        var sum = new FeatureMoments.Sum();
        for (var i = 0; i < entries.Length; i++)
        {
            Assert.Equal(entries[i].Digest, chunk.Digest(i));
            Assert.Equal(Numbers(entries[i].Features), Numbers(chunk.Features(i)));
            totals.Add(entries[i].Features);
            sum.Add(entries[i].Features);
        }

        Assert.Equal(Numbers(totals), Numbers(chunk.Totals));
        Assert.Equal(sum.ToMoments().BytesNats, chunk.Moments.BytesNats);
        Assert.Equal(MerkleTree.Head(chunk.Leaves), chunk.Root);
    }

    [Fact]
    public void Any_flipped_bit_is_refused_or_changes_the_root()
    {
        var bytes = Chunk(Entries(3, seed: 2));
        Assert.True(DatasetChunk.TryParse(bytes, Id, 7, out var original, out _));
        for (var at = 0; at < bytes.Length; at++)
        {
            for (var bit = 0; bit < 8; bit++)
            {
                var changed = bytes.ToArray();
                changed[at] ^= (byte)(1 << bit);
                var accepted = DatasetChunk.TryParse(changed, Id, 7, out var chunk, out var error);
                Assert.Equal(accepted, error == ChunkError.None);
                Assert.False(accepted && chunk.Root == original.Root, $"bit {bit} of byte {at}");
            }
        }
    }

    [Fact]
    public void Every_prefix_is_refused()
    {
        var bytes = Chunk(Entries(3, seed: 3));
        var header = Array.IndexOf(bytes, (byte)'\n') + 1;
        for (var length = 0; length < bytes.Length; length++)
        {
            Assert.False(DatasetChunk.TryParse(bytes.AsSpan(0, length), Id, 7, out _, out var error));
            Assert.Equal(length < header ? ChunkError.BadHeader : ChunkError.Truncated, error);
        }
    }

    [Theory]
    [InlineData("lace-chunk/2 ID 7 1\n", ChunkError.BadHeader)]
    [InlineData("lace-chunk/1 ID 7\n", ChunkError.BadHeader)]
    [InlineData("lace-chunk/1 ID 7 1 \n", ChunkError.BadHeader)]
    [InlineData("lace-chunk/1 ID 07 1\n", ChunkError.BadHeader)]
    [InlineData("lace-chunk/1 ID +7 1\n", ChunkError.BadHeader)]
    [InlineData("lace-chunk/1 ID 7 1\r\n", ChunkError.BadHeader)]
    [InlineData("lace-chunk/1 ID 7 99999999999\n", ChunkError.BadHeader)]
    [InlineData("lace-chunk/1 ID 7 1", ChunkError.BadHeader)]
    [InlineData("", ChunkError.BadHeader)]
    [InlineData("lace-chunk/1 lace-20261120-134501-other0 7 1\n", ChunkError.OtherAttestation)]
    [InlineData("lace-chunk/1 ID 8 1\n", ChunkError.WrongNumber)]
    [InlineData("lace-chunk/1 ID 7 0\n", ChunkError.CountMismatch)]
    [InlineData("lace-chunk/1 ID 7 16385\n", ChunkError.CountMismatch)]
    [InlineData("lace-chunk/1 ID 7 2\n", ChunkError.Truncated)]
    public void A_wrong_header_is_refused_for_its_reason(string header, ChunkError reason)
    {
        byte[] entry = [.. new byte[32], .. new byte[13]];
        byte[] bytes =
        [
            .. Encoding.ASCII.GetBytes(header.Replace("ID", Id, StringComparison.Ordinal)),
            .. header.EndsWith('\n') ? entry : [],
        ];
        Assert.False(DatasetChunk.TryParse(bytes, Id, 7, out _, out var error));
        Assert.Equal(reason, error);
    }

    [Theory]
    [InlineData(new byte[] { 0x80, 0x00 }, ChunkError.NonCanonicalVarint)]
    [InlineData(new byte[] { 0xFF, 0x80, 0x00 }, ChunkError.NonCanonicalVarint)]
    [InlineData(new byte[] { 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10 }, ChunkError.ValueTooLarge)]
    [InlineData(new byte[] { 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01 }, ChunkError.ValueTooLarge)]
    [InlineData(new byte[] { 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F }, ChunkError.None)]
    [InlineData(new byte[] { 0x00, 0x00 }, ChunkError.TrailingBytes)]
    public void A_number_has_one_form(byte[] last, ChunkError reason)
    {
        byte[] bytes = [.. DatasetChunk.Header(Id, 7, 1), .. new byte[32], .. new byte[12], .. last];
        Assert.Equal(reason == ChunkError.None, DatasetChunk.TryParse(bytes, Id, 7, out _, out var error));
        Assert.Equal(reason, error);
    }

    [Fact]
    public void Random_bytes_never_crash_the_parser()
    {
        var random = new Random(4);
        for (var i = 0; i < 2000; i++)
        {
            var noise = new byte[random.Next(400)];
            random.NextBytes(noise);
            Assert.False(DatasetChunk.TryParse(noise, Id, 7, out _, out _));
            byte[] headed = [.. DatasetChunk.Header(Id, 7, 3), .. noise];
            Assert.Equal(DatasetChunk.TryParse(headed, Id, 7, out _, out var error), error == ChunkError.None);
        }
    }

    [Fact]
    public void A_record_is_proven_included_by_its_chunk_and_the_other_roots()
    {
        var leaves = Enumerable
            .Range(0, (2 * DatasetChunk.Records) + 5)
            .Select(i => MerkleTree.HashLeaf(BitConverter.GetBytes(i)))
            .ToArray();
        var roots = leaves.Chunk(DatasetChunk.Records).Select(chunk => MerkleTree.Head(chunk)).ToArray();
        var root = DatasetRoot.FromChunkRoots(roots);
        Assert.Equal(MerkleTree.Head(leaves), root);
        foreach (var index in new[] { 0, 1, DatasetChunk.Records - 1, DatasetChunk.Records, 30_000, leaves.Length - 1 })
        {
            var (chunk, at) = Math.DivRem(index, DatasetChunk.Records);
            var chunkLeaves = leaves.Skip(chunk * DatasetChunk.Records).Take(DatasetChunk.Records).ToArray();
            var proof = DatasetRoot.InclusionProof(chunkLeaves, roots, chunk, at);
            Assert.True(MerkleTree.VerifyInclusion(leaves[index], index, leaves.Length, proof, root));
        }
    }

    private static long[] Numbers(RecordFeatures features) => features[..].ToArray();

    private static byte[] Chunk((MerkleHash Digest, RecordFeatures Features)[] entries)
    {
        var chunk = new MemoryStream();
        chunk.Write(DatasetChunk.Header(Id, 7, entries.Length));
        var entry = new byte[DatasetEntry.MaxLength];
        foreach (var (digest, features) in entries)
        {
            chunk.Write(entry, 0, DatasetEntry.Write(entry, digest, features));
        }

        return chunk.ToArray();
    }

    private static (MerkleHash Digest, RecordFeatures Features)[] Entries(int count, int seed)
    {
        var random = new Random(seed);
        return
        [
            .. Enumerable
                .Range(0, count)
                .Select(_ =>
                {
                    var features = default(RecordFeatures);
                    for (var i = 0; i < RecordFeatures.Count; i++)
                    {
                        // The sums of a chunk have to stay below the limit of one value.
                        features[i] = random.NextInt64(1L << random.Next(1, 44));
                    }

                    var digest = new byte[32];
                    random.NextBytes(digest);
                    return (new MerkleHash(digest), features);
                }),
        ];
    }
}
