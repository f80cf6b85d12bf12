using Lace.Evidence.Bundles;
using Lace.Evidence.Fingerprints;
using Lace.Evidence.Transparency.Notes;
using static Lace.Evidence.Bundles.StrictFile;

namespace Lace.Evidence.NearDuplicates;

/// <summary>The part of a proof that is about near-duplicates. Well-formed; nothing in it is checked: see <see cref="NearDuplicateChecks"/>.</summary>
/// <param name="Bands">Of the text, in the order of their numbers.</param>
/// <param name="Keys">Of a keyed filter: what the service made of each. Null of the others.</param>
public sealed record BandAnswer(
    IReadOnlyList<ulong> Bands,
    IReadOnlyList<ulong>? Keys,
    OpenedBlocks Opened,
    NearVerdict Verdict
)
{
    /// <summary>What the filter is asked for.</summary>
    public IReadOnlyList<ulong> Asked => Keys ?? Bands;

    internal BandAnswerPart Part() =>
        new(
            FingerprintText.Encode(Bands),
            Convert.ToBase64String(Opened.Blocks.Span),
            [.. Opened.Hashes.Select(hash => NoteText.Encode(hash))],
            Verdict,
            Keys is null ? null : FingerprintText.Encode(Keys)
        );

    internal static BandAnswer Of(BandAnswerPart part)
    {
        Require(Enum.IsDefined(part.Verdict), "its verdict on near-duplicates is none");
        return new BandAnswer(
            Numbers(part.Bands),
            part.Keys is null ? null : Numbers(part.Keys),
            new OpenedBlocks(Bytes(part.Blocks), [.. part.Hashes.Select(Hash)]),
            part.Verdict
        );
    }

    private static IReadOnlyList<ulong> Numbers(string base64)
    {
        var numbers = FingerprintText.Decode(base64);
        Require(numbers?.Count == MinHashScheme.Bands, $"it has not {MinHashScheme.Bands} bands");
        return numbers!;
    }
}

internal sealed record BandAnswerPart(
    string Bands,
    string Blocks,
    IReadOnlyList<string> Hashes,
    NearVerdict Verdict,
    string? Keys = null
);
