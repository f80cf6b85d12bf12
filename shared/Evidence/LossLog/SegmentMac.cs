using System.Security.Cryptography;

namespace Lace.Evidence.LossLog;

/// <summary>The last member of a segment body: HMAC-SHA-256 over every byte before it (protocol §5).</summary>
public static class SegmentMac
{
    /// <summary>Length of <c>,"mac":"</c>, 64 hex digits and <c>"}</c>.</summary>
    public const int SuffixBytes = 74;

    private const int HexAt = 8;

    /// <summary>Whether the body ends with the MAC of the bytes before it. Constant time in the MAC.</summary>
    public static bool IsValid(ReadOnlySpan<byte> body, ReadOnlySpan<byte> ingestKey)
    {
        if (!HasSuffix(body))
        {
            return false;
        }

        Span<byte> expected = stackalloc byte[64];
        WriteHex(body[..^SuffixBytes], ingestKey, expected);
        return CryptographicOperations.FixedTimeEquals(expected, body[^(SuffixBytes - HexAt)..^2]);
    }

    internal static bool HasSuffix(ReadOnlySpan<byte> body) =>
        body.Length > SuffixBytes && body[^SuffixBytes..].StartsWith(",\"mac\":\""u8) && body.EndsWith("\"}"u8);

    internal static void WriteHex(ReadOnlySpan<byte> signed, ReadOnlySpan<byte> ingestKey, Span<byte> hex)
    {
        Span<byte> mac = stackalloc byte[32];
        HMACSHA256.HashData(ingestKey, signed, mac);
        _ = Convert.TryToHexStringLower(mac, hex, out _);
    }
}
