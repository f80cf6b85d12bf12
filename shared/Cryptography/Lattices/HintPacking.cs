namespace Lace.Cryptography.Lattices;

/// <summary>HintBitPack and HintBitUnpack of FIPS 204, section 7.1: places of the ones, then where each polynomial's places end.</summary>
internal static class HintPacking
{
    public static void Pack(ReadOnlySpan<int> hint, int omega, Span<byte> destination)
    {
        destination.Clear();
        var index = 0;
        for (var i = 0; i < hint.Length / Ring.N; i++)
        {
            var polynomial = hint.Polynomial(i);
            for (var j = 0; j < Ring.N; j++)
            {
                if (polynomial[j] != 0)
                {
                    destination[index++] = (byte)j;
                }
            }

            destination[omega + i] = (byte)index;
        }
    }

    /// <summary>False unless this is the one encoding of the hint: ends never fall, places rise, the rest is zero.</summary>
    public static bool TryUnpack(ReadOnlySpan<byte> source, int omega, Span<int> hint)
    {
        hint.Clear();
        var index = 0;
        for (var i = 0; i < hint.Length / Ring.N; i++)
        {
            int end = source[omega + i];
            if (end < index || end > omega)
            {
                return false;
            }

            for (var first = index; index < end; index++)
            {
                if (index > first && source[index - 1] >= source[index])
                {
                    return false;
                }

                hint[(i * Ring.N) + source[index]] = 1;
            }
        }

        return source[index..omega].IndexOfAnyExcept((byte)0) < 0;
    }
}
