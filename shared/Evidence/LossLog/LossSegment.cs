using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Lace.Evidence.Trajectories;
using Lace.Evidence.Transparency;

namespace Lace.Evidence.LossLog;

/// <summary>One link of a run's loss log: items, bound to the segment before and to the run's ingest key (protocol §5).</summary>
/// <param name="Digest">SHA-256 of the whole body, which the next segment names.</param>
public sealed record LossSegment(
    string RunId,
    long Seq,
    MerkleHash Prev,
    IReadOnlyList<LossItem> Items,
    MerkleHash Digest
)
{
    public const int MaxBytes = 245_760;
    public const int MaxItems = 8_192;

    /// <summary>Eight decimal digits: segments sort by name.</summary>
    public const long MaxSeq = 99_999_999;

    /// <summary>Number of points in the segment.</summary>
    public int Points { get; } = Items.Count(item => item is PointItem);

    public FinishItem? Finish => Items.Count > 0 ? Items[^1] as FinishItem : null;

    /// <summary>What segment 0 of a run names as the one before: it ties the log to run and dataset.</summary>
    public static MerkleHash Origin(string runId, MerkleHash root) =>
        new(SHA256.HashData(Encoding.ASCII.GetBytes("lace-run/1" + runId + root)));

    /// <summary>Reads a body; null, with the reason in plain words, where it is not exactly of the specified form.</summary>
    /// <remarks>Says nothing about who wrote it: <see cref="SegmentMac.IsValid"/> does.</remarks>
    public static LossSegment? Read(ReadOnlySpan<byte> body, out string? reason)
    {
        try
        {
            reason = null;
            return SegmentReader.Read(body);
        }
        catch (SegmentFormatException malformed)
        {
            reason = malformed.Message;
            return null;
        }
    }

    /// <summary>Run and number of a body, from its first members alone; false where they cannot be read.</summary>
    /// <remarks>A claim, until the MAC was checked with that run's key.</remarks>
    public static bool TryReadAddress(ReadOnlySpan<byte> body, out string runId, out long seq) =>
        SegmentReader.TryReadAddress(body, out runId, out seq);

    /// <summary>The body of a segment, for clients and tests.</summary>
    public static byte[] Write(
        string runId,
        long seq,
        MerkleHash prev,
        IEnumerable<LossItem> items,
        ReadOnlySpan<byte> ingestKey
    ) => SegmentWriter.Write(runId, seq, prev, items, ingestKey);

    /// <summary>Writes the members of a point, without its <c>type</c>, into an open object.</summary>
    public static void WritePoint(Utf8JsonWriter json, LossPoint point) => SegmentWriter.WritePoint(json, point);
}
