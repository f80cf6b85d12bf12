using System.Text;
using System.Text.Json.Serialization.Metadata;
using Lace.Evidence.Datasets;
using Lace.Evidence.LossLog;
using Lace.Evidence.Transparency;
using Lace.Evidence.Verification;
using static Lace.Evidence.Bundles.StrictFile;

namespace Lace.Evidence.Bundles;

/// <summary>Reads a run-log file once from its first to its last line, holding the run but never the file.</summary>
internal sealed class RunLogReader(Stream stream) : IDisposable
{
    /// <summary>The longest line is that of a full chunk in base64.</summary>
    private const int MaxLine = (DatasetChunk.MaxLength / 3 * 4) + 1_024;

    private const int MaxGaps = LossChain.MaxAhead + 2;
    private const int MaxReasons = 16;
    private const int MaxReasonText = 4_096;

    private readonly HashedLines lines = new(stream, MaxLine);
    private ReadOnlyMemory<byte>? line;
    private readonly List<(MerkleHash Digest, DateTimeOffset ReceivedAt)> segments = [];
    private long size;

    public RunLogFile Read()
    {
        line = lines.Next();
        var header = Parse(RunLogJson.Default.RunLogHeader, "it is empty");
        var (attestation, run) = Facts(header);
        line = lines.Next();
        var recorded = RecordedRun.Replay(run.Id, run.Root, Segments());
        foreach (var _ in Segments())
        {
            // A chain that broke is reported as such, and of the rest only the form is read.
        }

        var features =
            NamedFeatures.Of(recorded, attestation.Records)
            ?? throw new FileFormatException($"the run names more than {NamedFeatures.MaxRecords} records");
        var roots = Chunks(header.Attestation, features, recorded is null);
        var end = Parse(RunLogJson.Default.RunLogEnd, "it does not end with the line end");
        Require(
            end.End && end.Segments == segments.Count && end.Chunks == roots.Count,
            "the last line counts other lines than there are"
        );
        Require(lines.Next() is null, "there is something after the last line");
        return new RunLogFile(
            attestation with
            {
                ChunkRoots = roots,
            },
            run,
            recorded,
            segments,
            features,
            header.OtherRuns,
            lines.Digest(),
            lines.Bytes
        );
    }

    public void Dispose() => lines.Dispose();

    private IEnumerable<ReceivedSegment> Segments()
    {
        while (line is { } current && current.Span.StartsWith("{\"received_at\":"u8))
        {
            var received = StrictFile.Parse(current.Span, RunLogJson.Default.RunLogSegment);
            Require(
                received.Segment.Length <= LossSegment.MaxBytes && Ascii.IsValid(received.Segment),
                $"segment {segments.Count} is no segment"
            );
            var segment =
                LossSegment.Read(Encoding.ASCII.GetBytes(received.Segment), out var reason)
                ?? throw new FileFormatException($"segment {segments.Count}: {reason}");
            segments.Add((segment.Digest, received.ReceivedAt));
            size += RunSize.Of(segment);
            Require(size <= RunSize.Max, "the run is too large to be evaluated");
            line = lines.Next();
            yield return new ReceivedSegment(segment, received.ReceivedAt);
        }
    }

    // Of a chain that broke it cannot be told which records it named.
    private List<MerkleHash> Chunks(RunLogAttestation attestation, NamedFeatures features, bool broken)
    {
        var roots = new List<MerkleHash>();
        for (; roots.Count < attestation.Chunks; line = lines.Next())
        {
            var number = roots.Count;
            var chunk = Parse(RunLogJson.Default.RunLogChunk, $"the line of chunk {number} is missing");
            Require(chunk.Chunk == number, $"the line of chunk {number} is missing");
            Require(
                chunk.Bytes is null != chunk.Root is null
                    && (broken || features.Needs(number) == chunk.Bytes is not null),
                $"chunk {number} has its root where the run names no record of it, else its bytes"
            );
            roots.Add(chunk.Bytes is { } bytes ? Take(attestation.Id, number, bytes, features) : chunk.Root!.Value);
        }

        return roots;
    }

    private static MerkleHash Take(string attestationId, int number, byte[] bytes, NamedFeatures features)
    {
        Require(
            DatasetChunk.TryParse(bytes, attestationId, number, out var chunk, out var error),
            $"chunk {number}: {error}"
        );
        Require(features.Take(number, chunk), $"chunk {number} is shorter than the run needs");
        return chunk.Root;
    }

    private static (AttestationFacts Attestation, RunFacts Run) Facts(RunLogHeader header)
    {
        var (attestation, run) = (header.Attestation, header.Run);
        Require(header.Format == RunLogLines.Format, $"its format is not {RunLogLines.Format}");
        Require(attestation.Records >= 1 && attestation.Chunks >= 1, "it is of a dataset without records");
        Require(
            attestation.Chunks == (attestation.Records + DatasetChunk.Records - 1) / DatasetChunk.Records,
            "the number of chunks is not that of the records"
        );
        Require(attestation.RevokedAt is null == attestation.RevocationReason is null, "half a revocation");
        Require(attestation.RevocationReason is null or { Length: <= MaxReasonText }, "the reason is too long");
        Require(header.OtherRuns.Count <= RunVerification.MaxOtherRuns, "too many other runs");
        Require(run.Gaps.Count <= MaxGaps && run.Gaps.All(gap => gap is [>= 0, _]), "the gaps are no pairs");
        Require(run.Refused.Count <= MaxReasons && run.Refused.Values.All(count => count >= 0), "refused is no count");
        return (
            new AttestationFacts(
                attestation.Id,
                true,
                attestation.Root,
                attestation.Records,
                [],
                attestation.CompletedAt,
                attestation.RevokedAt,
                attestation.RevocationReason
            ),
            new RunFacts(
                run.RunId,
                run.Order,
                run.Root,
                run.Nonce,
                run.CreatedAt,
                run.Offline,
                run.Closed,
                [.. run.Gaps.Select(gap => (gap[0], gap[1]))],
                run.Refused
            )
        );
    }

    private T Parse<T>(JsonTypeInfo<T> type, string otherwise)
        where T : class =>
        line is { } current ? StrictFile.Parse(current.Span, type) : throw new FileFormatException(otherwise);
}
