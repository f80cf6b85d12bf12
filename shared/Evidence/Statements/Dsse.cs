using System.Text;

namespace Lace.Evidence.Statements;

/// <summary>Dead Simple Signing Envelope v1: what is signed of a payload (secure-systems-lab/dsse, protocol.md).</summary>
public static class Dsse
{
    /// <summary>The payload type of in-toto statements.</summary>
    public const string InTotoPayloadType = "application/vnd.in-toto+json";

    /// <summary><c>DSSEv1 SP len(type) SP type SP len(payload) SP payload</c>: lengths are those in bytes, in ASCII decimal.</summary>
    public static byte[] Pae(string payloadType, ReadOnlySpan<byte> payload)
    {
        ArgumentNullException.ThrowIfNull(payloadType);
        var head = $"DSSEv1 {Encoding.UTF8.GetByteCount(payloadType)} {payloadType} {payload.Length} ";
        return [.. Encoding.UTF8.GetBytes(head), .. payload];
    }
}
