using System.Security.Cryptography;
using System.Text;
using Lace.Evidence.Datasets;
using Lace.Evidence.Datasets.Shards;
using Lace.Evidence.Fingerprints;
using Lace.Evidence.Transparency;

namespace Lace.Tests.Evidence.Datasets.Shards;

public sealed class ShardTests
{
    private const string Id = "lace-20261130-034501-x7k2p9";

    private static readonly byte[] Salt = [.. Enumerable.Range(1, 32).Select(i => (byte)i)];
    private static readonly DatasetPart Text = new(DatasetPartKind.Field, "t");

    [Theory]
    [InlineData(1, 7, 1, FingerprintTier.Private)]
    [InlineData(2, 7, 3, FingerprintTier.Public)]
    [InlineData(3, 12, 5, FingerprintTier.Keyed)]
    [InlineData(4, 3, 9, FingerprintTier.Private)]
    [InlineData(5, 30, 30, null)]
    public void Any_split_gives_the_bytes_of_one_pass(int seed, int files, int shards, FingerprintTier? tier)
    {
        var random = new Random(seed);
        var sources = Sources(random, files);
        var settings = tier is { } wanted ? Settings(wanted) : null;
        var builder = settings is null ? null : Builder(settings);
        var survey = DatasetSurvey.Take(sources, Text, 1 + random.Next(3));
        var whole = DatasetCommitment.Chunks(survey, Id, Salt, 1 + random.Next(3), builder).ToArray();

        var shares = Split(random, sources, shards);
        var set = ShardSet.Make(shares, Text, settings, random);
        var merged = settings is null ? null : Builder(settings);
        var chunks = set.Chunks(merged);

        Assert.Equal(whole.Select(chunk => chunk.Bytes.ToArray()), chunks.Select(chunk => chunk.Bytes.ToArray()));
        Assert.Equal(whole.Select(chunk => chunk.Root), chunks.Select(chunk => chunk.Root));
        var statistics = DatasetSurvey.Of([], Text, set.Plan.Total, 1).Statistics;
        Assert.Equal(survey.Statistics.Scripts, statistics.Scripts);
        Assert.Equal(survey.Statistics with { Scripts = statistics.Scripts }, statistics);
        Assert.Equal(survey.Fingerprints, set.Plan.Total.Fingerprints);
        if (builder is not null)
        {
            Assert.Equal(builder.Counts, merged!.Counts);
            Assert.Equal(BlockTree.Head(builder.Build()), BlockTree.Head(merged.Build()));
            Assert.Equal(settings!.NearDuplicates, builder.Bands is not null);
            if (builder.Bands is { } bands)
            {
                Assert.NotEqual(0, bands.Counts.Keys);
                Assert.Equal(bands.Counts, merged.Bands!.Counts);
                Assert.Equal(BlockTree.Head(bands.Build()), BlockTree.Head(merged.Bands.Build()));
            }
        }
    }

    [Fact]
    public void More_records_than_a_chunk_are_cut_where_one_pass_cuts_them()
    {
        // Shards of odd numbers of records, so that folds change places, over the ends of chunks.
        var sources = Enumerable
            .Range(0, 3)
            .Select(i =>
                Source(i, string.Concat(Enumerable.Range(0, 9001).Select(r => $"{{\"t\":\"{i} {r * r}\"}}\n")))
            )
            .ToArray();
        var survey = DatasetSurvey.Take(sources, Text, 2);
        var whole = DatasetCommitment.Chunks(survey, Id, Salt, 2).Select(chunk => chunk.Bytes.ToArray());
        var set = ShardSet.Make(
            [
                [sources[0]],
                [sources[1]],
                [sources[2]],
            ],
            Text,
            null,
            new Random(1)
        );
        Assert.Equal(whole, set.Chunks(null).Select(chunk => chunk.Bytes.ToArray()));
    }

    [Fact]
    public void Duplicates_over_shards_are_those_of_one_pass_when_they_are_estimated()
    {
        var random = new Random(6);
        var hashes = Enumerable.Range(0, 5_000).Select(_ => (ulong)random.NextInt64() * 4).ToArray();
        DuplicateCounter all = new(300);
        DuplicateCounter[] parts = [new(300), new(300), new(300)];
        for (var i = 0; i < 20_000; i++)
        {
            var hash = hashes[random.Next(hashes.Length)];
            all.Add(hash);
            parts[i * 3 / 20_000].Add(hash);
        }

        parts[0].Add(parts[1]);
        parts[0].Add(parts[2]);
        Assert.Equal((all.Level, all.Duplicates), (parts[0].Level, parts[0].Duplicates));
        Assert.True(all.Level > 0);
    }

    [Fact]
    public void Refuses_shards_that_do_not_make_a_whole()
    {
        var set = Small();
        var counts = set.Counts;
        AssertRefused(ShardError.Missing, () => Plan(counts[0], counts[2]), "2/3");
        AssertRefused(ShardError.Doubled, () => Plan(counts[0], counts[1], counts[1], counts[2]), "2/3");
        AssertRefused(
            ShardError.Foreign,
            () => Plan(counts[0], counts[1], counts[2] with { Header = counts[2].Header with { Sources = 99 } }),
            "3/3"
        );
        AssertRefused(ShardError.Missing, () => Plan());
        AssertRefused(ShardError.Foreign, () => set.Chunks(null, [set.Files[0], set.Files[0], set.Files[2]]));
        AssertRefused(ShardError.Foreign, () => set.Chunks(null, [set.Files[1], set.Files[0], set.Files[2]]));

        // The same shards by another plan: other salts.
        var other = Small(salt: new byte[32]);
        AssertRefused(ShardError.Foreign, () => set.Chunks(null, [set.Files[0], other.Files[1], set.Files[2]]));

        static void Plan(params ShardCounts[] counts) =>
            ShardPlan.RequireAll([.. counts.Select(shard => shard.Header)]);
    }

    [Fact]
    public void Refuses_to_read_a_shard_again_that_was_counted_otherwise()
    {
        var set = Small();
        var counts = set.Counts[1] with { Digest = MerkleTree.HashLeaf([1]) };
        AssertRefused(
            ShardError.Foreign,
            () => ShardEntries.Write(Stream.Null, set.Plan, set.Digest, counts, set.Shares[1], 1)
        );
        var changed = new[] { Source(1, "{\"t\":\"other\"}\n"), Source(2, "{\"t\":\"x\"}\n") };
        Assert.Throws<DatasetException>(() =>
            ShardEntries.Write(Stream.Null, set.Plan, set.Digest, set.Counts[1], changed, 1)
        );
    }

    [Fact]
    public void Every_changed_cut_or_added_byte_is_refused()
    {
        var set = Small();
        var random = new Random(7);
        foreach (var file in (byte[][])[set.CountFiles[1], set.PlanFile, set.Files[1]])
        {
            for (var i = 0; i < 9; i++)
            {
                var broken = file.ToArray();
                broken[i < 5 ? 9 * i : random.Next(broken.Length)] ^= (byte)(1 << random.Next(8));
                AssertRefused(null, () => Read(set, broken));
                AssertRefused(null, () => Read(set, file[..random.Next(file.Length)]));
            }

            AssertRefused(ShardError.Malformed, () => Read(set, [.. file, 0]));
            AssertRefused(ShardError.OtherFormat, () => Read(set, []));
        }
    }

    [Fact]
    public void A_sample_that_its_counts_contradict_is_refused_under_a_right_digest()
    {
        var file = Small().CountFiles[0];
        var at = file.AsSpan().IndexOf("\u0003one"u8);
        Assert.Equal((1, 0), (file[at - 2], file[at - 1]));
        Refused(at - 2, 2, "sample");
        Refused(at - 2, 0, "sample");
        Refused(at - 1, 1, "sample");
        // Another record than was counted.
        Refused(at - 10, 0xFF, "sample");
        var unchanged = file.ToArray();
        Read(unchanged);

        void Refused(int place, byte value, string names)
        {
            var changed = file.ToArray();
            changed[place] = value;
            SHA256.HashData(changed.AsSpan(..^32), changed.AsSpan(^32..));
            AssertRefused(ShardError.Malformed, () => Read(changed), names);
        }

        static void Read(byte[] changed) => ShardCounts.Read(new MemoryStream(changed), "counts");
    }

    [Fact]
    public void Hostile_numbers_take_neither_memory_nor_time()
    {
        var set = Small();
        var head = "lace-shard-counts/1\n"u8.Length;
        foreach (var at in Enumerable.Range(0, 7).Select(i => head + (5 * i * i)))
        {
            // The largest number there can be, in the place of whatever is there.
            byte[] huge = [.. set.CountFiles[0][..at], 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F];
            AssertRefused(null, () => Read(set, huge));
            byte[] entries = [.. set.Files[0][..Math.Min(at, set.Files[0].Length)], .. huge[at..]];
            AssertRefused(null, () => Read(set, entries));
        }
    }

    private static void Read(ShardSet set, byte[] file)
    {
        if (file.AsSpan().StartsWith("lace-shard-e"u8))
        {
            set.Chunks(null, [set.Files[0], file, set.Files[2]]);
        }
        else if (file.AsSpan().StartsWith("lace-shard-p"u8))
        {
            ShardPlan.Read(new MemoryStream(file), "plan", out _);
        }
        else
        {
            ShardCounts.Read(new MemoryStream(file), "counts");
        }
    }

    private static void AssertRefused(ShardError? rule, Action action, string names = "")
    {
        var refusal = Assert.Throws<ShardException>(action);
        Assert.True(rule is null || rule == refusal.Error, $"{refusal.Error}: {refusal.Message}");
        Assert.Contains(names, refusal.Message, StringComparison.Ordinal);
    }

    private static ShardSet Small(byte[]? salt = null) =>
        ShardSet.Make(
            [
                [Source(0, "{\"t\":\"one\"}\n{\"t\":\"two\"}\n{\"t\":\"three\"}\n")],
                [Source(1, "{\"t\":\"four\"}\n"), Source(2, "{\"t\":\"five\"}\n{\"t\":\"six\"}\n")],
                [Source(3, "{\"t\":\"seven\"}\n")],
            ],
            Text,
            Settings(FingerprintTier.Private),
            new Random(8),
            salt ?? Salt
        );

    private static FingerprintSettings Settings(FingerprintTier tier) =>
        new(
            tier,
            new byte[16],
            tier == FingerprintTier.Keyed ? new byte[32] : (ReadOnlyMemory<byte>?)null,
            tier != FingerprintTier.Public
        );

    private static FilterBuilder Builder(FingerprintSettings settings) =>
        new(settings, new MemoryStream())
        {
            Bands = settings.NearDuplicates ? new FilterBuilder(settings, new MemoryStream()) : null,
        };

    private static DatasetSource[] Sources(Random random, int files) =>
        [.. Enumerable.Range(0, files).Select(i => Source(i, Lines(random)))];

    private static string Lines(Random random)
    {
        var lines = new StringBuilder();
        for (var left = random.Next(60); left > 0; left--)
        {
            var words = Enumerable
                .Range(0, random.Next(240))
                .Select(_ =>
                    (string[])["alpha", "Beta", "gamma;", "1984", "d\\u00e9j\\u00e0", "vu.\\n", $"n{random.Next(99)}"]
                )
                .Select(known => known[random.Next(known.Length)]);
            lines.Append(random.Next(9) == 0 ? "\n" : "").Append($"{{\"t\":\"{string.Join(' ', words)}\"}}\n");
        }

        return lines.ToString();
    }

    private static DatasetSource Source(int i, string content) =>
        new($"f{i}.jsonl", DatasetFormat.JsonLines, () => new MemoryStream(Encoding.UTF8.GetBytes(content)));

    // Whole files in their order; some shards may be empty.
    private static DatasetSource[][] Split(Random random, DatasetSource[] sources, int shards)
    {
        int[] cuts =
        [
            0,
            .. Enumerable.Range(1, shards - 1).Select(_ => random.Next(sources.Length + 1)).Order(),
            sources.Length,
        ];
        return [.. Enumerable.Range(0, shards).Select(i => sources[cuts[i]..cuts[i + 1]])];
    }
}
