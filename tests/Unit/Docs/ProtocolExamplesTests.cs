using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Lace.Evidence.Bundles;
using Lace.Evidence.Datasets;
using Lace.Evidence.LossLog;

namespace Lace.Tests.Docs;

/// <summary>The examples of <c>docs/protocol.md</c>, which other software made, read with the product.</summary>
public sealed class ProtocolExamplesTests
{
    private static readonly FormatPage Page = FormatPage.Open("protocol.md");

    [Fact]
    public void The_chunk_holds_the_records_features_and_root_stated()
    {
        var facts = Page.Json("chunk-facts");
        Assert.Equal(Page.Hex("chunk"), FormatExamples.Read("chunk"));
        Assert.True(
            DatasetChunk.TryParse(
                Page.Hex("chunk"),
                facts.GetProperty("attestation_id").GetString()!,
                0,
                out var chunk,
                out _
            )
        );

        var records = facts.GetProperty("records").EnumerateArray().Select(record => record.GetString()!).ToList();
        Assert.Equal(records.Count, chunk.Count);
        for (var i = 0; i < records.Count; i++)
        {
            Assert.Equal(Digest(facts, i, records[i]), chunk.Digest(i).ToArray());
            var features = chunk.Features(i);
            Assert.Equal(facts.GetProperty("features")[i].Deserialize<long[]>(), features[..].ToArray());
        }

        Assert.Equal(facts.GetProperty("root").GetString(), chunk.Root.ToString());
    }

    [Fact]
    public void The_segment_is_authentic_and_begins_the_chain_of_that_root()
    {
        var body = Page.Bytes("segment");
        Assert.Equal(body, FormatExamples.Read("segment.json"));
        byte[] key = [.. Enumerable.Range(0xa0, 32).Select(i => (byte)i)];
        Assert.True(SegmentMac.IsValid(body, key));

        var segment = LossSegment.Read(body, out var reason);
        Assert.True(segment is not null, reason);
        Assert.True(DatasetChunk.TryParse(Page.Hex("chunk"), "lace-20261120-134501-x7k2p9", 0, out var chunk, out _));
        Assert.Equal(LossSegment.Origin(segment.RunId, chunk.Root), segment.Prev);
        Assert.Equal((1, 1), (segment.Points, segment.Finish!.Points));

        body[^100] ^= 1;
        Assert.False(SegmentMac.IsValid(body, key));
    }

    [Fact]
    public void The_run_log_holds_that_segment_and_that_chunk()
    {
        var bytes = FormatExamples.Read("run-log.jsonl");
        var file = RunLogFile.Read(new MemoryStream(bytes), out var reason);
        Assert.True(file is not null, reason);
        Assert.Equal(SHA256.HashData(bytes), file.Sha256.ToArray());
        Assert.Equal(SHA256.HashData(Page.Bytes("segment")), Assert.Single(file.Segments).Digest.ToArray());
        Assert.Equal(Page.Json("chunk-facts").GetProperty("root").GetString(), file.Attestation.Root.ToString());
        Assert.Equal(2.5, Assert.Single(file.Recorded!.Points).Item.Point.Loss);
        FormatExamples.AssertNoChangePasses(
            bytes,
            changed => RunLogFile.Read(new MemoryStream(changed), out _)?.Sha256 == file.Sha256
        );
    }

    private static byte[] Digest(JsonElement facts, int index, string record)
    {
        var number = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(number, (ulong)index);
        var salt = HMACSHA256.HashData(Convert.FromHexString(facts.GetProperty("salt_key").GetString()!), number);
        return SHA256.HashData([.. salt, .. Encoding.UTF8.GetBytes(record)]);
    }
}
