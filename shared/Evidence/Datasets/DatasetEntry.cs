using Lace.Evidence.Transparency;

namespace Lace.Evidence.Datasets;

/// <summary>What is committed of one record: its salted digest and its 13 features (protocol §2).</summary>
public static class DatasetEntry
{
    /// <summary>The longest entry: a digest and 13 numbers below 2^53 in seven bits a byte.</summary>
    public const int MaxLength = MerkleHash.Size + (RecordFeatures.Count * 8);

    /// <summary>Feature values are below this, so that they survive a JSON number.</summary>
    public const long ValueLimit = 1L << 53;

    /// <summary>Writes the entry and returns its length.</summary>
    /// <param name="destination">At least <see cref="MaxLength"/> bytes.</param>
    /// <exception cref="ArgumentOutOfRangeException">A feature is negative or not below 2^53.</exception>
    public static int Write(Span<byte> destination, in MerkleHash digest, in RecordFeatures features)
    {
        digest.CopyTo(destination);
        var length = MerkleHash.Size;
        foreach (var feature in features)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(feature, nameof(features));
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(feature, ValueLimit, nameof(features));
            var rest = feature;
            for (; rest >= 0x80; rest >>= 7)
            {
                destination[length++] = (byte)(rest | 0x80);
            }

            destination[length++] = (byte)rest;
        }

        return length;
    }

    /// <summary>Reads the entry at the start of <paramref name="source"/>.</summary>
    /// <param name="length">How many bytes it has; meaningless where the result is an error.</param>
    /// <returns>Null, or why it cannot be read.</returns>
    internal static ChunkError? Read(ReadOnlySpan<byte> source, out RecordFeatures features, out int length)
    {
        features = default;
        length = MerkleHash.Size;
        for (var i = 0; i < RecordFeatures.Count; i++)
        {
            long value = 0;
            var shift = 0;
            while (true)
            {
                if (length >= source.Length)
                {
                    return ChunkError.Truncated;
                }

                var next = source[length++];
                value |= (long)(next & 0x7F) << shift;
                shift += 7;
                if (next < 0x80)
                {
                    if (next == 0 && shift > 7)
                    {
                        return ChunkError.NonCanonicalVarint;
                    }

                    break;
                }

                if (shift == 56)
                {
                    return ChunkError.ValueTooLarge;
                }
            }

            if (value >= ValueLimit)
            {
                return ChunkError.ValueTooLarge;
            }

            features[i] = value;
        }

        return null;
    }
}
