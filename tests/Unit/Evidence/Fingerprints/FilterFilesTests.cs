using System.Text;
using Lace.Evidence.Datasets;
using Lace.Evidence.Fingerprints;

namespace Lace.Tests.Evidence.Fingerprints;

/// <summary>Filters held whole, and common phrases as a file.</summary>
public sealed class FilterFilesTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(31)]
    [InlineData(32)]
    [InlineData(33)]
    [InlineData(64)]
    [InlineData(1000)]
    [InlineData(16_385)]
    public void A_held_filter_opens_blocks_with_proofs_that_lead_to_its_root(int blocks)
    {
        var random = new Random(blocks);
        var filter = new BlockedBloomFilter(blocks);
        filter.Add(Keys(random, 20 * blocks));
        var held = new HeldFilter(filter);
        Assert.Equal(BlockTree.Head(filter), held.Root);
        for (var round = 0; round < 50; round++)
        {
            var keys = Keys(random, random.Next(1, 60));
            var opened = held.Open(keys);
            Assert.True(opened.Prove(keys, blocks, held.Root));
            Assert.Equal(keys.Select(filter.Has), opened.Find(keys, blocks));
        }
    }

    [Fact]
    public void A_filter_that_memory_cannot_hold_is_refused_while_its_keys_come()
    {
        const int memory = 1 << 20;
        var random = new Random(6);
        var settings = new FingerprintSettings(FingerprintTier.Private, new byte[FingerprintScheme.SaltSize]);
        var fitting = new FilterBuilder(settings, new MemoryStream(), memory);
        fitting.Add(Keys(random, memory / 2 - 20_000), default);
        Assert.InRange(fitting.Build().Blocks * BlockedBloomFilter.BlockSize, memory * 9 / 10, memory);

        var late = new FilterBuilder(settings, new MemoryStream(), memory);
        late.Add(Keys(random, 600_000), default);
        Assert.Contains(
            "--fingerprints none",
            Assert.Throws<DatasetException>(() => late.Build()).Message,
            StringComparison.Ordinal
        );

        var endless = new FilterBuilder(settings, Stream.Null, memory);
        var added = 0;
        Assert.Throws<DatasetException>(() =>
        {
            for (; added < 10_000_000; added += 100_000)
            {
                endless.Add(Keys(random, 100_000), default);
            }
        });
        Assert.InRange(added, 600_000, 5_000_000);
        Assert.True(BlockedBloomFilter.MaxBlocks * BlockedBloomFilter.BlockSize / sizeof(ulong) <= Array.MaxLength);
    }

    [Fact]
    public void Phrases_are_the_same_file_in_whatever_order_and_come_back()
    {
        var texts = Enumerable.Range(0, 20).Select(i => NaiveFingerprints.Words(new Random(i), 900)).ToArray();
        var file = Written(Build(1, texts));
        Assert.Equal(file, Written(Build(1, [.. texts.Reverse()])));
        Assert.Equal(file, Written(Build(1, [.. texts, .. texts])));
        var read = CommonPhrases.Read(new MemoryStream(file), out var reason);
        Assert.True(read is not null, reason);
        Assert.Equal(file, Written(read));
    }

    [Fact]
    public void Keeps_only_what_enough_texts_have()
    {
        var shared = NaiveFingerprints.Words(new Random(1), 600);
        var texts = Enumerable
            .Range(2, 5)
            .Select(i => (byte[])[.. NaiveFingerprints.Words(new Random(i), 600), .. shared])
            .ToArray();
        var builder = Fill(5, texts);
        builder.Build();
        var grams = new TextNormalizer().Normalize(shared).Length - FingerprintScheme.Gram + 1;
        Assert.InRange(builder.Kept, grams - 2, grams + 1);
        Assert.Equal(0, Build(6, texts).Filter.Fill().Bits);
        // A text twice is two texts; a passage twice in one text is not.
        Assert.Equal(0, Build(2, [.. shared, .. shared]).Filter.Fill().Bits);
    }

    [Fact]
    public void Every_other_form_of_a_phrases_file_is_refused()
    {
        var file = Written(Build(1, NaiveFingerprints.Words(new Random(9), 20_000)));
        var end = Array.IndexOf(file, (byte)'\n');
        var line = Encoding.ASCII.GetString(file, 0, end);
        for (var i = 0; i < file.Length; i++)
        {
            var changed = file.ToArray();
            changed[i] ^= (byte)(1 << (i % 8));
            AssertRefused(changed);
        }

        AssertRefused(file[..^1]);
        AssertRefused([.. file, 0]);
        AssertRefused(file[..end]);
        AssertRefused([]);
        AssertRefused(WithLine(line + " "));
        AssertRefused(WithLine(line.Replace("FP-1 ", "FP-1 0", StringComparison.Ordinal)));
        AssertRefused(WithLine(line.Replace("phrases/1", "phrases/2", StringComparison.Ordinal)));
        AssertRefused(WithLine(new string('x', 400)));
        AssertRefused(WithLine($"lace-phrases/1 FP-1 {long.MaxValue} {new string('0', 64)}"));
        // Ones alone would explain every hit; their root is right.
        byte[] ones = [.. Enumerable.Repeat((byte)255, 64 * 64)];
        var root = BlockTree.Head(0, ones);
        AssertRefused([.. Encoding.ASCII.GetBytes($"lace-phrases/1 FP-1 64 {root}\n"), .. ones]);

        byte[] WithLine(string other) => [.. Encoding.ASCII.GetBytes(other + "\n"), .. file[(end + 1)..]];

        static void AssertRefused(byte[] bytes)
        {
            Assert.Null(CommonPhrases.Read(new MemoryStream(bytes), out var reason));
            Assert.NotNull(reason);
        }
    }

    [Fact]
    public void What_phrases_explain_is_left_out_of_the_verdict_and_said()
    {
        var licence = NaiveFingerprints.Words(new Random(1), 3000);
        var own = NaiveFingerprints.Words(new Random(2), 3000);
        var phrases = Build(1, licence);
        byte[] text = [.. own, .. licence];
        var windows = new TextFingerprints(new FingerprintSettings(FingerprintTier.Private, new byte[16])).Of(
            text,
            out _
        );
        ulong[] fingerprints = [.. windows.Select(window => window.Fingerprint)];
        var common = phrases.Explain(text, windows);
        Assert.InRange(common.Count(one => one), (windows.Count / 2) - 4, (windows.Count / 2) + 4);

        // The data has the licence, and so has the text: present with it, clear without.
        bool[] licensed = [.. windows.Select(window => window.Start >= own.Length)];
        Assert.Equal(ExclusionVerdict.Present, ExclusionFindings.Of(fingerprints, licensed, 0.001).Verdict);
        var left = RemainingFindings.Of(fingerprints, licensed, common, 0.001);
        Assert.Equal(ExclusionVerdict.Clear, left.Findings.Verdict);
        Assert.True(left.CommonHits > 40);
        Assert.Equal(fingerprints.Distinct().Count(), left.Common + left.Findings.Different);

        // The data has the text's own half too.
        var both = RemainingFindings.Of(fingerprints, [.. windows.Select(_ => true)], common, 0.001);
        Assert.Equal(ExclusionVerdict.Present, both.Findings.Verdict);

        // Nothing but the licence: nothing is left to judge.
        var whole = new TextFingerprints(new FingerprintSettings(FingerprintTier.Private, new byte[16])).Of(
            licence,
            out _
        );
        ulong[] all = [.. whole.Select(window => window.Fingerprint)];
        var none = RemainingFindings.Of(all, [.. all.Select(_ => true)], phrases.Explain(licence, whole), 0.001);
        Assert.Equal(ExclusionVerdict.Inconclusive, none.Findings.Verdict);
        Assert.Contains("common phrases", none.Findings.Reason, StringComparison.Ordinal);
    }

    private static CommonPhrases Build(int inTexts, params byte[][] texts) => Fill(inTexts, texts).Build();

    private static CommonPhrasesBuilder Fill(int inTexts, params byte[][] texts)
    {
        var builder = new CommonPhrasesBuilder(inTexts);
        Assert.All(texts, text => Assert.True(builder.TryAdd(text)));
        return builder;
    }

    private static byte[] Written(CommonPhrases phrases)
    {
        using var file = new MemoryStream();
        phrases.Write(file);
        return file.ToArray();
    }

    private static ulong[] Keys(Random random, int count)
    {
        var keys = new ulong[count];
        random.NextBytes(System.Runtime.InteropServices.MemoryMarshal.AsBytes(keys.AsSpan()));
        return keys;
    }
}
