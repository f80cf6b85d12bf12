using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using Lace.Cryptography.Hashing;
using Lace.Evidence.Fingerprints;
using Lace.Evidence.NearDuplicates;
using Lace.Tests.Evidence.LossLog;

namespace Lace.Tests.Evidence.NearDuplicates;

public sealed class BandKeysTests
{
    private static readonly byte[] Salt = [.. Enumerable.Range(0, 16).Select(i => (byte)i)];

    private static readonly string[] Samples =
    [
        "the",
        "a",
        "of",
        "longerthansixteenbytes",
        "exactlysixteen16",
        "seventeenbytes017",
        "eightchr",
        "ninechars",
        "été",
        "πρόλογος",
        "слово",
        "中文",
        "かな",
        "ไทย",
        "ລາວ",
        "gpt中4文abc",
        "𠀀𠀁",
        "हिन्दी",
        "한국어",
        "10",
    ];

    [Fact]
    public void Texts_of_any_script_have_the_bands_of_the_specification()
    {
        var random = new Random(1);
        var maker = new BandKeys(Salt);
        var normalizer = new TextNormalizer();
        var keys = new ulong[MinHashScheme.Bands];
        var (made, none) = (0, 0);
        for (var round = 0; round < 400; round++)
        {
            var few = random.Next(4) == 0 ? 3 : Samples.Length;
            var words = Enumerable
                .Range(0, random.Next(2) == 0 ? random.Next(8) : random.Next(600))
                .Select(_ => random.Next(3) == 0 ? $"w{random.Next(500)}" : Samples[random.Next(few)]);
            var text = normalizer.Normalize(Encoding.UTF8.GetBytes(string.Join(' ', words))).ToArray();
            var expected = NaiveMinHash.Signature(
                NaiveMinHash.Shingles(Encoding.UTF8.GetString(text)),
                MinHashScheme.Bins
            );
            Assert.Equal(expected is not null, maker.TryMake(text, keys));
            (made, none) = expected is null ? (made, none + 1) : (made + 1, none);
            if (expected is not null)
            {
                Assert.Equal(Keys(expected), keys);
            }
        }

        Assert.InRange(made, 50, 350);
        Assert.InRange(none, 50, 350);
    }

    [Theory]
    [InlineData("")]
    [InlineData("word")]
    [InlineData("two words")]
    [InlineData("three words here")]
    [InlineData("中")]
    [InlineData("中文字")]
    public void A_short_text_has_no_bands(string text) =>
        Assert.Null(new TextBands(Salt).Of(Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void Repetition_makes_a_text_no_longer_and_order_of_parts_hardly_another()
    {
        var bands = new TextBands(Salt);
        var verse = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("and so on and on it went ", 4000)));
        Assert.Null(bands.Of(verse));

        // The same set of shingles, but for those over the seam.
        var (one, other) = (Words(2, 3000), Words(3, 3000));
        var a = bands.Of(Encoding.UTF8.GetBytes($"{one} {other}"))!;
        var b = bands.Of(Encoding.UTF8.GetBytes($"{other} {one} {other} {one}"))!;
        Assert.InRange(a.Zip(b).Count(pair => pair.First == pair.Second), 28, 32);
        Assert.Equal(a, bands.Of(Encoding.UTF8.GetBytes($"{one.ToUpperInvariant()},\n -- {other}!"))!);
    }

    [Fact]
    public void The_salt_changes_every_key()
    {
        var text = Encoding.UTF8.GetBytes(Words(4, 500));
        var (a, b) = (new TextBands(Salt).Of(text)!, new TextBands(new byte[16]).Of(text)!);
        Assert.Empty(a.Intersect(b));
        Assert.Equal(MinHashScheme.Bands, a.Distinct().Count());
    }

    [Theory]
    [InlineData(120)]
    [InlineData(400)]
    [InlineData(3000)]
    public void Equal_bins_estimate_the_similarity_within_their_standard_error(int size)
    {
        var random = new Random(size);
        foreach (var similarity in (double[])[0.1, 0.3, 0.5, 0.7, 0.9])
        {
            // |A ∩ B| = s, |A ∪ B| = 2 size - s, so that s = 2 size J / (1 + J).
            var shared = (int)Math.Round(2 * size * similarity / (1 + similarity));
            var exact = (double)shared / ((2 * size) - shared);
            const int rounds = 300;
            var (sum, squares) = (0.0, 0.0);
            for (var round = 0; round < rounds; round++)
            {
                var both = Hashes(random, shared);
                var a = Dense([.. both, .. Hashes(random, size - shared)]);
                var b = Dense([.. both, .. Hashes(random, size - shared)]);
                var equal = a.Zip(b).Count(pair => pair.First == pair.Second) / (double)MinHashScheme.Bins;
                sum += equal;
                squares += equal * equal;
            }

            var mean = sum / rounds;
            var deviation = Math.Sqrt(Math.Max(0, (squares / rounds) - (mean * mean)) / rounds);
            Assert.True(Math.Abs(mean - exact) <= 4 * deviation, $"{size}, {exact:F3}: {mean:F4} ± {deviation:F4}");
        }
    }

    [Fact]
    public void Real_words_give_the_similarity_of_their_sets()
    {
        // Words of a small dictionary, so that hashes which are not mixed enough would show.
        var random = new Random(5);
        var (sum, expected) = (0.0, 0.0);
        const int rounds = 60;
        for (var round = 0; round < rounds; round++)
        {
            string[] words =
            [
                .. Enumerable.Range(0, 900).Select(_ => $"{(char)('a' + random.Next(26))}{random.Next(300)}"),
            ];
            string[] edited = [.. words.Select(word => random.Next(20) == 0 ? word + "x" : word)];
            var (a, b) = (Minima(words), Minima(edited));
            sum += a.Zip(b).Count(pair => pair.First == pair.Second) / (double)MinHashScheme.Bins;
            var (one, other) = (
                NaiveMinHash.Shingles(string.Join(' ', words)),
                NaiveMinHash.Shingles(string.Join(' ', edited))
            );
            expected += one.Intersect(other).Count() / (double)one.Union(other).Count();
        }

        Assert.InRange(sum / rounds, (expected / rounds) - 0.02, (expected / rounds) + 0.02);

        static ulong[] Minima(string[] words)
        {
            var minima = new ulong[MinHashScheme.Bins];
            TextMinima.Of(Encoding.UTF8.GetBytes(string.Join(' ', words)), minima);
            var dense = new ulong[minima.Length];
            Densification.Fill(minima, dense);
            return dense;
        }
    }

    [Fact]
    public void The_vectors_do_not_change()
    {
        var vectors = TestVectors.Read("near_duplicate_vectors.json");
        var salt = Convert.FromHexString(vectors.GetProperty("salt").GetString()!);
        foreach (var one in vectors.GetProperty("texts").EnumerateArray())
        {
            var text = Encoding.UTF8.GetBytes(one.GetProperty("text").GetString()!);
            string[]? bands = new TextBands(salt).Of(text) is { } keys ? [.. keys.Select(key => $"{key:x16}")] : null;
            string?[]? expected = one.GetProperty("bands") is { ValueKind: JsonValueKind.Array } array
                ? [.. array.EnumerateArray().Select(key => key.GetString())]
                : null;
            Assert.Equal(expected, bands);
        }
    }

    private static ulong[] Keys(ulong[] signature)
    {
        var hash = new SipHash24(Salt);
        return
        [
            .. signature
                .Chunk(MinHashScheme.Rows)
                .Select(
                    (band, number) =>
                    {
                        var input = new byte[8 * (1 + band.Length)];
                        BinaryPrimitives.WriteUInt64LittleEndian(input, (ulong)number);
                        for (var row = 0; row < band.Length; row++)
                        {
                            BinaryPrimitives.WriteUInt64LittleEndian(input.AsSpan(8 * (1 + row)), band[row]);
                        }

                        return hash.Hash(input);
                    }
                ),
        ];
    }

    private static HashSet<ulong> Hashes(Random random, int count)
    {
        var hashes = new HashSet<ulong>();
        while (hashes.Count < count)
        {
            hashes.Add((ulong)random.NextInt64() << 1 | (uint)random.Next(2));
        }

        return hashes;
    }

    private static ulong[] Dense(ulong[] hashes)
    {
        var minima = Enumerable.Repeat(TextMinima.Empty, MinHashScheme.Bins).ToArray();
        foreach (var hash in hashes)
        {
            ref var least = ref minima[(int)((hash >> 32) * MinHashScheme.Bins >> 32)];
            least = Math.Min(least, hash);
        }

        var dense = new ulong[minima.Length];
        Densification.Fill(minima, dense);
        return dense;
    }

    private static string Words(int seed, int count)
    {
        var random = new Random(seed);
        return string.Join(' ', Enumerable.Range(0, count).Select(_ => $"w{random.Next(100_000)}"));
    }
}
