using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Lace.Evidence.Fingerprints;

/// <summary>
/// Which of two grams goes first: a cyclic polynomial over a public table, times an odd constant. It only chooses fingerprints, so anybody may
/// know it; what is stored of a gram is keyed.
/// </summary>
internal static class GramHash
{
    public const ulong Odd = 0x9E37_79B9_7F4A_7C15;

    /// <summary>Entry b is the first eight bytes of SHA-256("lace-fp-1" || b), little-endian.</summary>
    public static readonly ulong[] Table = [.. Enumerable.Range(0, 256).Select(Entry)];

    private static ulong Entry(int symbol)
    {
        byte[] input = [.. Encoding.ASCII.GetBytes("lace-fp-1"), (byte)symbol];
        return BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(input));
    }
}
