using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Lace.Evidence.Transparency;
using Lace.Evidence.Verification;

namespace Lace.Evidence.Bundles;

/// <summary>
/// The lines of a run-log file, each with its line end, for a caller that writes them in order: header, segments, chunks, end
/// (docs/formats/run-log.md). Equal facts give equal bytes.
/// </summary>
public static class RunLogLines
{
    /// <summary>What the file calls itself.</summary>
    public const string Format = "lace-run-log/1";

    // No more escapes than JSON asks for: the lines are no part of a page, and a body would be half as long again.
    private static readonly RunLogJson Plain = new(
        new JsonSerializerOptions(RunLogJson.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }
    );

    /// <exception cref="ArgumentException">The attestation is not complete: there is nothing to compute again.</exception>
    public static byte[] Header(AttestationFacts attestation, RunFacts run, IReadOnlyList<string> otherRuns)
    {
        ArgumentNullException.ThrowIfNull(attestation);
        ArgumentNullException.ThrowIfNull(run);
        if (attestation is not { Complete: true, Root: { } root, CompletedAt: { } completedAt })
        {
            throw new ArgumentException("The attestation is not complete.", nameof(attestation));
        }

        var header = new RunLogHeader(
            Format,
            new(
                attestation.Id,
                root,
                attestation.Records,
                attestation.ChunkRoots.Count,
                completedAt,
                attestation.RevokedAt,
                attestation.RevocationReason
            ),
            new(
                run.Id,
                run.Order,
                run.Root,
                run.Nonce,
                run.CreatedAt,
                run.Offline,
                run.Closed,
                [.. run.Gaps.Select(gap => new[] { gap.From, gap.To })],
                new SortedDictionary<string, long>(run.Refused.ToDictionary(), StringComparer.Ordinal)
            ),
            otherRuns
        );
        return Line(header, Plain.RunLogHeader);
    }

    /// <param name="body">As it was received. It is ASCII, for <see cref="LossLog.LossSegment.Read"/> takes nothing else.</param>
    public static byte[] Segment(ReadOnlySpan<byte> body, DateTimeOffset receivedAt) =>
        Line(new(receivedAt, Encoding.ASCII.GetString(body)), Plain.RunLogSegment);

    /// <summary>A chunk of which the run names no record.</summary>
    public static byte[] Chunk(int number, MerkleHash root) => Line(new(number, root), Plain.RunLogChunk);

    /// <summary>A chunk of which the run names a record.</summary>
    public static byte[] Chunk(int number, ReadOnlyMemory<byte> bytes) =>
        Line(new(number, null, bytes.ToArray()), Plain.RunLogChunk);

    public static byte[] End(long segments, int chunks) => Line(new(true, segments, chunks), Plain.RunLogEnd);

    private static byte[] Line<T>(T value, JsonTypeInfo<T> type) =>
        [.. JsonSerializer.SerializeToUtf8Bytes(value, type), (byte)'\n'];
}
