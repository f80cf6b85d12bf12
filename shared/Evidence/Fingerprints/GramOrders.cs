using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Lace.Evidence.Fingerprints;

/// <summary>The orders of the grams of a text, a stretch at a time.</summary>
/// <remarks>
/// The hash of a gram is a XOR of turned table entries. A running sum, turned by one bit a byte, has those of all bytes before too; the sum 48 bytes earlier,
/// turned by 48, has these alone. So no hash waits for the one before, and several are made at once.
/// </remarks>
internal ref struct GramOrders
{
    /// <summary>Grams of a stretch, at most.</summary>
    public const int Stretch = 512;

    private const int Gram = FingerprintScheme.Gram;

    private readonly ReadOnlySpan<byte> text;

    // Entry i: the sum before the byte at place + i.
    private readonly Span<ulong> sums;
    private int place;
    private int summed;

    /// <param name="memory">Of <see cref="MemoryNeeded"/> numbers.</param>
    public GramOrders(ReadOnlySpan<byte> text, Span<ulong> memory)
    {
        this.text = text;
        sums = memory[..MemoryNeeded];
        sums[0] = 0;
    }

    public static int MemoryNeeded => Stretch + Gram;

    /// <summary>Writes the orders of the next grams; the caller asks for no more than there are.</summary>
    public void Next(Span<ulong> orders)
    {
        Sum(orders.Length + Gram - 1);
        ref var sum = ref MemoryMarshal.GetReference(sums);
        ref var order = ref MemoryMarshal.GetReference(orders);
        var i = 0;
        for (; i + Vector256<ulong>.Count <= orders.Length; i += Vector256<ulong>.Count)
        {
            var hash =
                RotateLeft(Vector256.LoadUnsafe(ref sum, (nuint)i)) ^ Vector256.LoadUnsafe(ref sum, (nuint)(i + Gram));
            (hash * GramHash.Odd).StoreUnsafe(ref order, (nuint)i);
        }

        for (; i < orders.Length; i++)
        {
            var hash = BitOperations.RotateLeft(Unsafe.Add(ref sum, i), Gram) ^ Unsafe.Add(ref sum, i + Gram);
            Unsafe.Add(ref order, i) = hash * GramHash.Odd;
        }

        // The next stretch begins with the sums that this one ended with.
        sums.Slice(orders.Length, Gram).CopyTo(sums);
        (place, summed) = (place + orders.Length, Gram - 1);
    }

    // Sums up to and with entry `last`.
    private void Sum(int last)
    {
        ref var sum = ref MemoryMarshal.GetReference(sums);
        ref var table = ref MemoryMarshal.GetArrayDataReference(GramHash.Table);
        ref var symbols = ref MemoryMarshal.GetReference(text);
        var running = sums[summed];
        for (var i = summed; i < last; i++)
        {
            // A table of 256 entries: no byte is out of range.
            running = BitOperations.RotateLeft(running, 1) ^ Unsafe.Add(ref table, Unsafe.Add(ref symbols, place + i));
            Unsafe.Add(ref sum, i + 1) = running;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ulong> RotateLeft(Vector256<ulong> value) =>
        Avx512F.VL.IsSupported ? Avx512F.VL.RotateLeft(value, Gram) : (value << Gram) | (value >>> (64 - Gram));
}
