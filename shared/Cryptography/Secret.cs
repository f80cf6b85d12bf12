using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Lace.Cryptography;

/// <summary>Memory for a secret: pinned, so that the collector makes no copies, and zeroed when disposed.</summary>
internal sealed class Secret<T>(int length) : IDisposable
    where T : unmanaged
{
    private readonly T[] values = GC.AllocateArray<T>(length, pinned: true);
    private bool disposed;

    public Span<T> Span
    {
        get
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            return values;
        }
    }

    public void Dispose()
    {
        disposed = true;
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(values.AsSpan()));
    }
}
