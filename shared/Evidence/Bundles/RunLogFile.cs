using Lace.Evidence.LossLog;
using Lace.Evidence.Transparency;
using Lace.Evidence.Verification;

namespace Lace.Evidence.Bundles;

/// <summary>A run-log file that was read: all that is needed to compute a verification again (docs/formats/run-log.md).</summary>
/// <param name="Recorded">Null where the segments are not one chain from the run's origin.</param>
/// <param name="Segments">Digest and time of receipt of each segment.</param>
/// <param name="Sha256">Of the whole file.</param>
/// <param name="Bytes">Length of the file.</param>
public sealed record RunLogFile(
    AttestationFacts Attestation,
    RunFacts Run,
    RecordedRun? Recorded,
    IReadOnlyList<(MerkleHash Digest, DateTimeOffset ReceivedAt)> Segments,
    NamedFeatures Features,
    IReadOnlyList<string> OtherRuns,
    MerkleHash Sha256,
    long Bytes
)
{
    /// <summary>Reads a file from its start; null, with the reason in plain words, where it is not exactly of the specified form.</summary>
    /// <remarks>Says nothing about who wrote it: what it holds must be compared with signed statements.</remarks>
    public static RunLogFile? Read(Stream stream, out string? reason)
    {
        ArgumentNullException.ThrowIfNull(stream);
        using var reader = new RunLogReader(stream);
        try
        {
            reason = null;
            return reader.Read();
        }
        catch (FileFormatException malformed)
        {
            reason = malformed.Message;
            return null;
        }
    }

    /// <summary>What <see cref="RunVerification.Evaluate"/> looks at.</summary>
    public VerificationInput ToInput() => new(Attestation, Run, Recorded, Features.Features, OtherRuns);
}
