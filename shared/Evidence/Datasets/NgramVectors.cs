using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Lace.Evidence.Datasets;

/// <summary>Scores a record under an <see cref="NgramModel"/> four bytes at a time, with the same operations in the same order, so to the last bit alike.</summary>
/// <remarks>A record is cut into blocks. While one is scored, what the next one needs is on its way from memory.</remarks>
internal static class NgramVectors
{
    private const int Width = NgramBlock.Width;

    [SkipLocalsInit]
    public static (double Order1, double Order2, double Order3) Score(NgramModel model, ReadOnlySpan<byte> part)
    {
        Unsafe.SkipInit(out NgramBlock one);
        Unsafe.SkipInit(out NgramBlock other);
        Span<byte> window = stackalloc byte[NgramBlock.WindowSize];
        window[..NgramBlock.Before].Clear();
        var state = new State(model);
        var isWhole = part.Length % Width == 0;
        one.Take(model, ref part, window);
        while (true)
        {
            other.Take(model, ref part, window);
            state.Add(one);
            if (other.Count == 0)
            {
                break;
            }

            one.Take(model, ref part, window);
            state.Add(other);
            if (one.Count == 0)
            {
                break;
            }
        }

        return state.Nats(isWhole);
    }

    /// <summary>What is known after some bytes of a record.</summary>
    private ref struct State(NgramModel model)
    {
        private Vector256<double> factors = Vector256<double>.One;
        private Vector256<double> inverse2 = Vector256.Create(model.Pairs.Inverse2);
        private Vector256<double> inverse3 = Vector256.Create(model.InverseOf(0));
        private NgramModel.Product product1;
        private NgramModel.Product product2;
        private NgramModel.Product product3;

        public void Add(in NgramBlock indices)
        {
            for (var at = 0; at < indices.Count; )
            {
                at = AddGroups(indices, at);
                if (at < indices.Count)
                {
                    AddGroup(indices, at);
                    at += Width;
                }
            }
        }

        // To the first group that is not whole, or has bytes that this fold never had. Nothing is called in the loop: what it computes stays in registers.
        private int AddGroups(in NgramBlock indices, int at)
        {
            ref var pairs = ref Unsafe.As<NgramBlock.Indices, uint>(ref Unsafe.AsRef(in indices.Pairs));
            ref var triples = ref Unsafe.As<NgramBlock.Indices, uint>(ref Unsafe.AsRef(in indices.Triples));
            ref var hashes = ref Unsafe.As<NgramBlock.Indices, uint>(ref Unsafe.AsRef(in indices.Hashes));
            ref var ofPairs = ref Unsafe.As<NgramModel.Pair, double>(ref model.Pairs);
            ref var ofTriples = ref Unsafe.As<NgramModel.Triple, ulong>(ref model.Triples);
            ref var ofHashes = ref model.HashedSymbols;
            var (q, before2, before3) = (factors, inverse2, inverse3);
            var end = indices.Count - Width;
            for (; at <= end; at += Width)
            {
                Load(ref ofPairs, ref Unsafe.Add(ref pairs, at), out var p1, out var next2);
                Load(ref ofTriples, ref Unsafe.Add(ref triples, at), out var context3, out var count2);
                var count3 = Counts(ref ofHashes, ref Unsafe.Add(ref hashes, at));
                if (
                    Vector256.EqualsAny(context3, Vector256<double>.Zero)
                    || Vector256.LessThanAny(q, Vector256.Create(NgramModel.RescaleBelow))
                )
                {
                    break;
                }

                var next3 = Inverse3(context3);
                var p2 = Order2(p1, count2, next2, before2);
                q = Multiply(q, p1, p2, Order3(p2, count3, next3, before3));
                (before2, before3) = (next2, next3);
            }

            (factors, inverse2, inverse3) = (q, before2, before3);
            return at;
        }

        // The same with all that is rare.
        private void AddGroup(in NgramBlock indices, int at)
        {
            ref var grams = ref Unsafe.Add(
                ref Unsafe.As<NgramBlock.Indices, uint>(ref Unsafe.AsRef(in indices.Grams)),
                at
            );
            ref var triples = ref Unsafe.Add(
                ref Unsafe.As<NgramBlock.Indices, uint>(ref Unsafe.AsRef(in indices.Triples)),
                at
            );
            Load(
                ref Unsafe.As<NgramModel.Pair, double>(ref model.Pairs),
                ref Unsafe.Add(ref Unsafe.As<NgramBlock.Indices, uint>(ref Unsafe.AsRef(in indices.Pairs)), at),
                out var p1,
                out var next2
            );
            Load(
                ref Unsafe.As<NgramModel.Triple, ulong>(ref model.Triples),
                ref triples,
                out var context3,
                out var count2
            );
            var next3 = Inverse3(context3);
            var count3 = Counts(
                ref model.HashedSymbols,
                ref Unsafe.Add(ref Unsafe.As<NgramBlock.Indices, uint>(ref Unsafe.AsRef(in indices.Hashes)), at)
            );
            for (var lane = 0; lane < Width; lane++)
            {
                // Three bytes that this fold never had share a count with others all the same.
                if (context3[lane] == 0)
                {
                    next3 = next3.WithElement(lane, model.InverseOf(Unsafe.Add(ref grams, lane)));
                }
            }

            RescaleWhereSmall();
            var p2 = Order2(p1, count2, next2, inverse2);
            var p3 = Order3(p2, count3, next3, inverse3);
            var left = Vector256
                .LessThan(Vector256.Create(0L, 1, 2, 3), Vector256.Create((long)(indices.Count - at)))
                .AsDouble();
            factors = Multiply(factors, Or1(p1, left), Or1(p2, left), Or1(p3, left));
            (inverse2, inverse3) = (next2, next3);
        }

        /// <param name="isWhole">Whether the record ended with a whole group.</param>
        public (double Order1, double Order2, double Order3) Nats(bool isWhole)
        {
            if (isWhole)
            {
                RescaleWhereSmall();
            }

            return (product1.Nats(factors[0]), product2.Nats(factors[1]), product3.Nats(factors[2]));
        }

        // Both halves of four entries of a table.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void Load(
            ref double table,
            ref uint places,
            out Vector256<double> first,
            out Vector256<double> second
        )
        {
            var even = Vector256.Create(
                Vector128.LoadUnsafe(ref table, places),
                Vector128.LoadUnsafe(ref table, Unsafe.Add(ref places, 2))
            );
            var odd = Vector256.Create(
                Vector128.LoadUnsafe(ref table, Unsafe.Add(ref places, 1)),
                Vector128.LoadUnsafe(ref table, Unsafe.Add(ref places, 3))
            );
            (first, second) = (Avx.UnpackLow(even, odd), Avx.UnpackHigh(even, odd));
        }

        // Both halves of four entries of 32 bits each, as doubles.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void Load(
            ref ulong table,
            ref uint places,
            out Vector256<double> first,
            out Vector256<double> second
        )
        {
            var entries = Vector256.Create(
                Unsafe.Add(ref table, places),
                Unsafe.Add(ref table, Unsafe.Add(ref places, 1)),
                Unsafe.Add(ref table, Unsafe.Add(ref places, 2)),
                Unsafe.Add(ref table, Unsafe.Add(ref places, 3))
            );
            (first, second) = (ToDouble(entries & Vector256.Create(0xFFFF_FFFFUL)), ToDouble(entries >>> 32));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector256<double> Inverse3(Vector256<double> contexts) =>
            Vector256<double>.One / (contexts + Vector256.Create(NgramModel.Alpha3));

        // Exactly, of less than 2^52: 2^52 + n has n in its lowest bits.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector256<double> ToDouble(Vector256<ulong> counts)
        {
            var magic = Vector256.Create(4_503_599_627_370_496.0);
            return (counts | magic.AsUInt64()).AsDouble() - magic;
        }

        // Each lane from the byte before.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector256<double> Behind(Vector256<double> values, Vector256<double> before) =>
            Avx.Blend(Avx2.Permute4x64(values, 0b10_01_00_00), Avx2.Permute4x64(before, 0b11_11_11_11), 0b0001);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector256<double> Counts(ref uint table, ref uint places)
        {
            var counts = Vector128.Create(
                Unsafe.Add(ref table, places),
                Unsafe.Add(ref table, Unsafe.Add(ref places, 1)),
                Unsafe.Add(ref table, Unsafe.Add(ref places, 2)),
                Unsafe.Add(ref table, Unsafe.Add(ref places, 3))
            );
            return ToDouble(Avx2.ConvertToVector256Int64(counts).AsUInt64());
        }

        // The products of all three orders, byte after byte; the fourth lane stays 1.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector256<double> Multiply(
            Vector256<double> q,
            Vector256<double> p1,
            Vector256<double> p2,
            Vector256<double> p3
        )
        {
            var (even, odd) = (Avx.UnpackLow(p1, p2), Avx.UnpackHigh(p1, p2));
            var one = Vector256<double>.One;
            var (even3, odd3) = (Avx.UnpackLow(p3, one), Avx.UnpackHigh(p3, one));
            q *= Avx.Permute2x128(even, even3, 0x20);
            q *= Avx.Permute2x128(odd, odd3, 0x20);
            q *= Avx.Permute2x128(even, even3, 0x31);
            return q * Avx.Permute2x128(odd, odd3, 0x31);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector256<double> Order2(
            Vector256<double> p1,
            Vector256<double> count,
            Vector256<double> inverses,
            Vector256<double> before
        ) => (count + (Vector256.Create(NgramModel.Alpha2) * p1)) * Behind(inverses, before);

        // Hashed counts may collide: only there can a probability exceed 1.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector256<double> Order3(
            Vector256<double> p2,
            Vector256<double> count,
            Vector256<double> inverses,
            Vector256<double> before
        ) =>
            Vector256.MinNative(
                (count + (Vector256.Create(NgramModel.Alpha3) * p2)) * Behind(inverses, before),
                Vector256<double>.One
            );

        private static Vector256<double> Or1(Vector256<double> p, Vector256<double> left) =>
            Vector256.ConditionalSelect(left, p, Vector256<double>.One);

        // After a whole group, as the byte-by-byte way does after every fourth byte.
        private void RescaleWhereSmall()
        {
            var (q1, q2, q3) = (factors[0], factors[1], factors[2]);
            NgramModel.Rescale(ref q1, ref product1);
            NgramModel.Rescale(ref q2, ref product2);
            NgramModel.Rescale(ref q3, ref product3);
            factors = Vector256.Create(q1, q2, q3, 1);
        }
    }
}
