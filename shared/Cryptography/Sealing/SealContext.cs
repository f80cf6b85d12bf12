using System.Buffers.Binary;
using System.Text;

namespace Lace.Cryptography.Sealing;

/// <summary>What a sealed file is: whose, for what, which. It must be given again to open it; nothing of it is stored in the file.</summary>
/// <param name="Tenant">The owner.</param>
/// <param name="Purpose">The use, such as <c>artifact</c>.</param>
/// <param name="ObjectId">The one object.</param>
public sealed record SealContext(string Tenant, string Purpose, string ObjectId)
{
    private const int MaxPartSize = 1024;

    /// <summary>The three parts, each after its length in two bytes, so that no two contexts encode alike.</summary>
    internal byte[] Encode()
    {
        var output = new List<byte>();
        Span<byte> length = stackalloc byte[sizeof(ushort)];
        foreach (var part in new[] { Tenant, Purpose, ObjectId })
        {
            var bytes = Encoding.UTF8.GetBytes(part);
            if (bytes.Length is 0 or > MaxPartSize)
            {
                throw new ArgumentException($"Tenant, purpose and object id have 1 to {MaxPartSize} bytes each.");
            }

            BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)bytes.Length);
            output.AddRange(length);
            output.AddRange(bytes);
        }

        return [.. output];
    }
}
