using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Lace.Evidence.Bundles;
using Lace.Evidence.Transparency;
using static Lace.Evidence.Bundles.StrictFile;

namespace Lace.Evidence.Fingerprints;

/// <summary>
/// Text that many share: licences, boilerplate, scripture. A filter over all its grams, under a salt that is the same for all, so that one file
/// serves every attestation; with it the hits of a text that such phrases explain are told from the others.
/// </summary>
/// <remarks>All grams and not the chosen ones: at the edges of a phrase it depends on what stands beside it which are chosen.</remarks>
public sealed record CommonPhrases(BlockedBloomFilter Filter, MerkleHash Root)
{
    private const string Magic = "lace-phrases/1";
    private const int MaxLine = 256;

    /// <summary>First 16 bytes of SHA-256("lace-fp-1 phrases").</summary>
    public static ReadOnlyMemory<byte> Salt { get; } =
        SHA256.HashData(Encoding.ASCII.GetBytes("lace-fp-1 phrases")).AsMemory(0, FingerprintScheme.SaltSize);

    /// <summary>A filter over these grams.</summary>
    /// <param name="different">SipHash-2-4 of each under the salt, each once.</param>
    public static CommonPhrases Of(ReadOnlySpan<ulong> different)
    {
        var filter = new BlockedBloomFilter(BlockedBloomFilter.BlocksFor(different.Length));
        filter.Add(different);
        return new CommonPhrases(filter, BlockTree.Head(filter));
    }

    /// <summary>Of each fingerprint of a text whether a common phrase explains it.</summary>
    /// <param name="windows">Of the text, with or without those that a public filter leaves out.</param>
    public IReadOnlyList<bool> Explain(ReadOnlySpan<byte> text, IReadOnlyList<TextWindow> windows)
    {
        ArgumentNullException.ThrowIfNull(windows);
        // Which grams are chosen does not depend on the salt: places are the same.
        var common = new TextFingerprints(new FingerprintSettings(FingerprintTier.Private, Salt))
            .Of(text, out _)
            .Where(window => Filter.Has(window.Fingerprint))
            .Select(window => window.Place)
            .ToHashSet();
        return [.. windows.Select(window => common.Contains(window.Place))];
    }

    /// <summary>Reads a file; null, with the reason in plain words, where it is not exactly of the specified form.</summary>
    /// <param name="file">Seekable, at its start.</param>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static CommonPhrases? Read(Stream file, out string? reason)
    {
        ArgumentNullException.ThrowIfNull(file);
        reason = null;
        try
        {
            var line = FilterBlocks.FirstLine(file, MaxLine);
            var (blocks, root) = Parse(line);
            Require(Line(blocks, root) == line, "its first line is not in its one form");
            var filter = FilterBlocks.Read(file, blocks);
            Require(BlockTree.Head(filter) == root, "its blocks do not give its root");
            Require(
                filter.Fill().Share <= BlockedBloomFilter.MaxFill,
                "too many of its bits are set: it would explain anything"
            );
            return new CommonPhrases(filter, root);
        }
        catch (FileFormatException malformed)
        {
            reason = malformed.Message;
            return null;
        }
    }

    public void Write(Stream file)
    {
        ArgumentNullException.ThrowIfNull(file);
        file.Write(Encoding.ASCII.GetBytes(Line(Filter.Blocks, Root) + "\n"));
        FilterBlocks.Write(file, Filter);
    }

    private static string Line(long blocks, MerkleHash root) =>
        string.Create(CultureInfo.InvariantCulture, $"{Magic} {FingerprintScheme.Name} {blocks} {root}");

    private static (long Blocks, MerkleHash Root) Parse(string line)
    {
        MerkleHash root = default;
        var blocks = 0L;
        Require(
            line.Split(' ') is [Magic, FingerprintScheme.Name, var size, var hash]
                && long.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out blocks)
                && MerkleHash.TryParse(hash, out root),
            $"its first line is not `{Magic} {FingerprintScheme.Name}`, a number of blocks and a root"
        );
        return (blocks, root);
    }
}
