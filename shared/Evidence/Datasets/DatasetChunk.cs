using System.Globalization;
using System.Text;
using Lace.Evidence.Transparency;

namespace Lace.Evidence.Datasets;

/// <summary>Consecutive entries of a dataset as they are sent (protocol §3).</summary>
public static class DatasetChunk
{
    /// <summary>Entries of every chunk but the last. A power of two: a chunk root is a node of the dataset's tree.</summary>
    public const int Records = 16_384;

    /// <summary>No chunk is longer, whatever its features.</summary>
    public const int MaxLength = MaxHeaderLength + (Records * DatasetEntry.MaxLength);

    private const int MaxHeaderLength = 256;
    private const string Magic = "lace-chunk/1";

    /// <summary>The first line, with its line end.</summary>
    public static byte[] Header(string attestationId, int number, int count) =>
        Encoding.ASCII.GetBytes($"{Magic} {attestationId} {number} {count}\n");

    /// <summary>Reads a chunk that must be number <paramref name="number"/> of the attestation; refuses every other form of the same content.</summary>
    /// <param name="chunk">The entries, their root and sums; meaningless where the result is false.</param>
    /// <param name="error">The first rule broken.</param>
    public static bool TryParse(
        ReadOnlySpan<byte> bytes,
        string attestationId,
        int number,
        out ParsedChunk chunk,
        out ChunkError error
    )
    {
        chunk = null!;
        error = ReadHeader(bytes, attestationId, number, out var headerLength, out var count);
        if (error != ChunkError.None)
        {
            return false;
        }

        var parsed = new ParsedChunk(bytes.ToArray(), count);
        error = parsed.Read(headerLength);
        chunk = parsed;
        return error == ChunkError.None;
    }

    private static ChunkError ReadHeader(
        ReadOnlySpan<byte> bytes,
        string attestationId,
        int number,
        out int length,
        out int count
    )
    {
        count = 0;
        length = bytes[..Math.Min(bytes.Length, MaxHeaderLength)].IndexOf((byte)'\n') + 1;
        if (
            length == 0
            || Encoding.Latin1.GetString(bytes[..(length - 1)]).Split(' ') is not [Magic, var id, var n, var c]
        )
        {
            return ChunkError.BadHeader;
        }

        if (!TryParseCanonical(n, out var stated) || !TryParseCanonical(c, out count))
        {
            return ChunkError.BadHeader;
        }

        return id != attestationId ? ChunkError.OtherAttestation
            : stated != number ? ChunkError.WrongNumber
            : count is < 1 or > Records ? ChunkError.CountMismatch
            : ChunkError.None;
    }

    private static bool TryParseCanonical(string text, out int value) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value)
        && (text.Length == 1 || text[0] != '0');
}
