using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using Lace.Evidence.Datasets;
using Lace.Evidence.Transparency;
using static Lace.Tests.Evidence.Datasets.TestSources;

namespace Lace.Tests.Evidence.Datasets;

public sealed class DatasetCommitmentTests
{
    private const string Id = "lace-20261120-134501-x7k2p9";
    private static readonly byte[] Salt = [.. Enumerable.Range(1, 32).Select(i => (byte)i)];

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(3, 700)]
    public void The_root_is_that_of_a_naive_computation(int seed, int records)
    {
        var random = new Random(seed);
        var texts = Enumerable.Range(0, records).Select(_ => RandomText(random)).ToArray();
        var sources = texts.Chunk(250).Select(part => Of(Encoding.UTF8.GetBytes(string.Join('\n', part)))).ToArray();

        var chunks = Commit(sources, DatasetPart.Whole, 2, out _);

        Assert.Equal(NaiveRoot([.. texts.Select(Encoding.UTF8.GetBytes)]), DatasetRoot.FromChunkRoots(Roots(chunks)));
    }

    [Fact]
    public void Two_threads_give_the_bytes_of_one()
    {
        var random = new Random(9);
        // Over one chunk and over several batches, with sources that end inside both.
        var sources = Enumerable
            .Range(0, 3)
            .Select(s =>
                Of(
                    Encoding.UTF8.GetBytes(
                        string.Concat(
                            Enumerable.Range(0, 9000 + s).Select(_ => $"{{\"t\":\"{RandomText(random)}\"}}\n")
                        )
                    )
                )
            )
            .ToArray();
        var part = new DatasetPart(DatasetPartKind.Field, "t", 64);

        var one = Commit(sources, part, 1, out var survey1);
        var two = Commit(sources, part, 2, out var survey2);
        var four = Commit(sources, part, 4, out _);

        Assert.Equal(27_003, survey1.Records);
        Assert.Equal([DatasetChunk.Records, 27_003 - DatasetChunk.Records], one.Select(chunk => chunk.Count));
        Assert.Equal(one.Select(Hash), two.Select(Hash));
        Assert.Equal(one.Select(Hash), four.Select(Hash));
        Assert.Equal(survey1.Fingerprint, survey2.Fingerprint);
        Assert.Equal(survey1.Statistics with { Scripts = null! }, survey2.Statistics with { Scripts = null! });
        Assert.Equal(survey1.Statistics.Scripts, survey2.Statistics.Scripts);
    }

    [Fact]
    public void Chunks_are_what_the_parser_reads()
    {
        var texts = Enumerable.Range(0, 100).Select(i => $"record {i}").ToArray();
        var chunk = Assert.Single(Commit([Of(string.Join('\n', texts))], DatasetPart.Whole, 2, out _));
        Assert.True(DatasetChunk.TryParse(chunk.Bytes.Span, Id, 0, out var parsed, out _));
        Assert.Equal(chunk.Root, parsed.Root);
        Assert.Equal(Digest(7, Encoding.UTF8.GetBytes(texts[7])), parsed.Digest(7));
        Assert.Equal(texts[7].Length, parsed.Features(7)[0]);
    }

    [Fact]
    public void Another_salt_gives_another_root()
    {
        var survey = DatasetSurvey.Take([Of("a\nb\n")], DatasetPart.Whole, 1);
        var first = DatasetCommitment.Chunks(survey, Id, Salt, 1).Single();
        var second = DatasetCommitment.Chunks(survey, Id, new byte[32], 1).Single();
        Assert.NotEqual(first.Root, second.Root);
    }

    [Theory]
    [InlineData("one\ntwo\nthree\n", "one\ntwo\nthreE\n")]
    [InlineData("one\ntwo\nthree\n", "one\ntwo\n")]
    [InlineData("one\ntwo\nthree\n", "one\ntwo\nthree\nfour\n")]
    [InlineData("one\ntwo\nthree\n", "one\ntwo\nthree\n\n")]
    [InlineData("one\ntwo\nthree\n", "")]
    public void Data_that_changes_while_it_is_read_is_an_error_that_names_the_file(string before, string after)
    {
        foreach (var jobs in new[] { 1, 2 })
        {
            var content = before;
            var changing = new DatasetSource(
                "b.jsonl",
                DatasetFormat.JsonLines,
                () => new MemoryStream(Encoding.UTF8.GetBytes(content))
            );
            var survey = DatasetSurvey.Take([Of("zero\n"), changing, Of("last\n")], DatasetPart.Whole, jobs);
            content = after;
            var error = Assert.Throws<DatasetException>(() =>
                DatasetCommitment.Chunks(survey, Id, Salt, jobs).ToArray()
            );
            Assert.Contains("changed while it was read", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_failing_source_ends_both_passes_with_its_error()
    {
        var failing = new DatasetSource(
            "gone.txt",
            DatasetFormat.Text,
            () => throw new FileNotFoundException("no such file")
        );
        Assert.Contains("gone.txt: cannot be read", ErrorOf(failing), StringComparison.Ordinal);
    }

    [Fact]
    public void Cancelling_ends_a_pass()
    {
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        foreach (var jobs in new[] { 1, 2 })
        {
            Assert.ThrowsAny<OperationCanceledException>(() =>
                DatasetSurvey.Take([Of("a\nb\n")], DatasetPart.Whole, jobs, cancelled.Token)
            );
        }

        var survey = DatasetSurvey.Take([Of("a\nb\n")], DatasetPart.Whole, 1);
        Assert.ThrowsAny<OperationCanceledException>(() =>
            DatasetCommitment.Chunks(survey, Id, Salt, 2, null, cancelled.Token).ToArray()
        );
    }

    [Fact]
    public void Statistics_say_what_is_there()
    {
        byte[] content =
        [
            .. "{\"t\":\"Привет\"}\n\n{\"t\":\"abcd\"}\n{\"t\":\"abcd\"}\n"u8,
            .. "{\"t\":\""u8,
            0xFF,
            .. "\"}\n{\"t\":\"漢字かな\"}\n"u8,
        ];
        var survey = DatasetSurvey.Take([Of(content)], new DatasetPart(DatasetPartKind.Field, "t"), 2);
        var statistics = survey.Statistics;
        Assert.Equal(5, survey.Records);
        Assert.Equal(content.Length - 6, statistics.Bytes);
        Assert.Equal(12 + 4 + 4 + 1 + 12, statistics.TrainedBytes);
        Assert.Equal(1, statistics.Duplicates);
        Assert.Equal(1, statistics.DuplicatesSample);
        Assert.Equal(20, statistics.Longest);
        Assert.Equal(9, statistics.Shortest);
        Assert.Equal(1, statistics.EmptyLines);
        Assert.Equal(1, statistics.InvalidUtf8);
        Assert.Equal(
            new Dictionary<string, double>
            {
                ["latin"] = 0.4444,
                ["cyrillic"] = 0.3333,
                ["han"] = 0.1111,
                ["kana"] = 0.1111,
            },
            statistics.Scripts
        );
        Assert.InRange(statistics.EntropyBitsPerByte, 3.5, 5);
    }

    [Fact]
    public void Duplicates_beyond_the_limit_are_estimated_the_same_in_any_order()
    {
        var hashes = Enumerable
            .Range(0, 30_000)
            .Select(i => DuplicateCounter.HashOf(BitConverter.GetBytes(i % 20_000)))
            .ToArray();
        var exact = new DuplicateCounter();
        var sampled = new DuplicateCounter(limit: 1000);
        var reversed = new DuplicateCounter(limit: 1000);
        Array.ForEach(hashes, exact.Add);
        Array.ForEach(hashes, sampled.Add);
        Array.ForEach([.. hashes.Reverse()], reversed.Add);

        Assert.Equal((10_000, 1), (exact.Duplicates, exact.Sample));
        Assert.Equal(32, sampled.Sample);
        Assert.InRange(sampled.Duplicates, 8_000, 12_000);
        Assert.Equal((sampled.Duplicates, sampled.Sample), (reversed.Duplicates, reversed.Sample));
    }

    private static List<CommittedChunk> Commit(
        DatasetSource[] sources,
        DatasetPart part,
        int jobs,
        out DatasetSurvey survey
    )
    {
        survey = DatasetSurvey.Take(sources, part, jobs);
        return [.. DatasetCommitment.Chunks(survey, Id, Salt, jobs)];
    }

    private static MerkleHash[] Roots(IEnumerable<CommittedChunk> chunks) => [.. chunks.Select(chunk => chunk.Root)];

    private static string Hash(CommittedChunk chunk) =>
        $"{chunk.Number} {chunk.Count} {chunk.Root} {Convert.ToHexString(SHA256.HashData(chunk.Bytes.Span))}";

    // Protocol §2, written down a second time without any of the pipeline.
    private static MerkleHash NaiveRoot(byte[][] records)
    {
        var features = NaiveFeatures.Of(records);
        var leaves = records.Select(
            (record, i) =>
            {
                var entry = new List<byte>(Digest(i, record).ToArray());
                for (var f = 0; f < 13; f++)
                {
                    var value = f is >= 1 and <= 3
                        ? (long)Math.Floor((100 * features[i][f]) + 0.5)
                        : (long)features[i][f];
                    do
                    {
                        entry.Add((byte)((value & 0x7F) + (value > 0x7F ? 0x80 : 0)));
                        value >>= 7;
                    } while (value > 0);
                }

                return new MerkleHash(SHA256.HashData([0, .. entry]));
            }
        );
        return Tree([.. leaves]);
    }

    private static MerkleHash Tree(MerkleHash[] leaves)
    {
        if (leaves.Length == 1)
        {
            return leaves[0];
        }

        var split = (int)BitOperations.RoundUpToPowerOf2((uint)leaves.Length) / 2;
        return new MerkleHash(
            SHA256.HashData([1, .. Tree(leaves[..split]).ToArray(), .. Tree(leaves[split..]).ToArray()])
        );
    }

    private static MerkleHash Digest(long index, byte[] record)
    {
        var number = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(number, index);
        return new MerkleHash(SHA256.HashData([.. HMACSHA256.HashData(Salt, number), .. record]));
    }

    private static string RandomText(Random random) =>
        "x"
        + string.Concat(Enumerable.Range(0, random.Next(60)).Select(_ => "etaoin shrdlu ETA,.()é7"[random.Next(23)]));
}
