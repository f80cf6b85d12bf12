using System.Buffers.Binary;
using System.Text.Json;
using Lace.Cryptography.Json;
using Lace.Evidence.Bundles;
using Lace.Evidence.NearDuplicates;
using Lace.Evidence.Statements;
using Lace.Evidence.Transparency;
using Lace.Evidence.Transparency.Notes;
using static Lace.Evidence.Bundles.StrictFile;

namespace Lace.Evidence.Fingerprints;

/// <summary>The answer to one text as a file that anybody checks without a network (docs/formats/fingerprints.md).</summary>
/// <remarks>A value is well-formed; nothing in it is checked: see <see cref="ExclusionVerification"/>.</remarks>
/// <param name="Text">What was asked about, by its digest: the text itself stays with who asked.</param>
/// <param name="Fingerprints">Of the text, in its order.</param>
/// <param name="Keys">Of a keyed filter: what the service made of each fingerprint. Null of the others.</param>
/// <param name="NearDuplicates">Null where they were not asked for.</param>
public sealed record ExclusionProof(
    SignedFilter Filter,
    CheckedText Text,
    IReadOnlyList<ulong> Fingerprints,
    IReadOnlyList<ulong>? Keys,
    OpenedBlocks Opened,
    ExclusionVerdict Verdict,
    BandAnswer? NearDuplicates = null
)
{
    public const string Format = "lace-exclusion/1";

    public const int MaxBytes = 16 << 20;

    /// <summary>Most fingerprints of one question: those of a text of 330 kB or so.</summary>
    public const int MaxFingerprints = 10_000;

    /// <summary>What the filter is asked for.</summary>
    public IReadOnlyList<ulong> Asked => Keys ?? Fingerprints;

    /// <summary>Whether a file calls itself a proof of this kind; nothing more is looked at.</summary>
    public static bool IsNamedIn(ReadOnlyMemory<byte> json) =>
        json.Length <= MaxBytes && JsonMembers.Parse(json)?.MemberText("format") == Format;

    /// <summary>Reads a file; null, with the reason in plain words, where it is not exactly of the specified form.</summary>
    public static ExclusionProof? Parse(ReadOnlySpan<byte> json, out string? reason) =>
        StrictFile.Read(json, MaxBytes, ExclusionJson.Default.ExclusionProofDocument, Of, out reason);

    /// <summary>The file in UTF-8, in JCS form.</summary>
    public byte[] Write() =>
        CanonicalJson.Canonicalize(
            JsonSerializer.SerializeToUtf8Bytes(
                new ExclusionProofDocument(
                    Format,
                    BundleReader.Part(Filter.Statement),
                    Filter.Checkpoint,
                    Text,
                    FingerprintText.Encode(Fingerprints),
                    Convert.ToBase64String(Opened.Blocks.Span),
                    [.. Opened.Hashes.Select(hash => NoteText.Encode(hash))],
                    Verdict,
                    Keys is null ? null : FingerprintText.Encode(Keys),
                    NearDuplicates?.Part()
                ),
                ExclusionJson.Default.ExclusionProofDocument
            )
        );

    private static ExclusionProof Of(ExclusionProofDocument file)
    {
        Require(file.Format == Format, $"its format is not {Format}");
        Require(Enum.IsDefined(file.Verdict), "its verdict is none");
        Require(file.Text.Bytes >= 0 && file.Text.Skipped >= 0, "a count is negative");
        var fingerprints = FingerprintText.Decode(file.Fingerprints);
        var keys = file.Keys is null ? null : FingerprintText.Decode(file.Keys);
        Require(fingerprints is { Count: >= 1 and <= MaxFingerprints }, "it has no fingerprints, or too many");
        Require(file.Keys is null || keys?.Count == fingerprints!.Count, "it has not one key for each fingerprint");
        return new ExclusionProof(
            new SignedFilter(BundleReader.Statement(file.Statement), file.Checkpoint),
            file.Text,
            fingerprints!,
            keys,
            new OpenedBlocks(Bytes(file.Blocks), [.. file.Hashes.Select(Hash)]),
            file.Verdict,
            file.NearDuplicates is null ? null : BandAnswer.Of(file.NearDuplicates)
        );
    }
}

/// <summary>A text that was asked about.</summary>
/// <param name="Sha256">Of its bytes.</param>
/// <param name="Skipped">Fingerprints that a public filter leaves out, so that they were not asked for.</param>
public sealed record CheckedText(MerkleHash Sha256, long Bytes, int Skipped);

/// <summary>Fingerprints as they are sent: eight bytes each, little-endian, in base64.</summary>
public static class FingerprintText
{
    public static string Encode(IReadOnlyList<ulong> fingerprints)
    {
        ArgumentNullException.ThrowIfNull(fingerprints);
        var bytes = new byte[sizeof(ulong) * fingerprints.Count];
        for (var i = 0; i < fingerprints.Count; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(sizeof(ulong) * i), fingerprints[i]);
        }

        return Convert.ToBase64String(bytes);
    }

    /// <summary>Null where the text is not the canonical base64 of whole fingerprints.</summary>
    public static IReadOnlyList<ulong>? Decode(string base64)
    {
        ArgumentNullException.ThrowIfNull(base64);
        if (NoteText.DecodeBase64(base64) is not { } bytes || bytes.Length % sizeof(ulong) != 0)
        {
            return null;
        }

        var fingerprints = new ulong[bytes.Length / sizeof(ulong)];
        for (var i = 0; i < fingerprints.Length; i++)
        {
            fingerprints[i] = BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(sizeof(ulong) * i));
        }

        return fingerprints;
    }
}

internal sealed record ExclusionProofDocument(
    string Format,
    StatementPart Statement,
    string Checkpoint,
    CheckedText Text,
    string Fingerprints,
    string Blocks,
    IReadOnlyList<string> Hashes,
    ExclusionVerdict Verdict,
    string? Keys = null,
    BandAnswerPart? NearDuplicates = null
);
