using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Lace.Evidence.Datasets;

/// <summary>Counts of byte classes and of the changes between them: the features 4 to 12 of a record (protocol §2).</summary>
internal static class ByteClasses
{
    private const int First = 4;
    private const int Transitions = 12;
    private const byte Other = 7;
    private const byte Control = 8;
    private const int Block = 2048;

    private static readonly byte[] Classes = [.. Enumerable.Range(0, 256).Select(b => Classify((byte)b))];

    /// <summary>Adds the counts of a record's trained part to its features.</summary>
    [SkipLocalsInit]
    public static void Count(ReadOnlySpan<byte> part, ref RecordFeatures features)
    {
        // One more at the front: the class of the byte before the block. The first byte of a record changes nothing.
        Span<byte> classes = stackalloc byte[Block + 1];
        classes[0] = part.IsEmpty ? (byte)0 : Classes[part[0]];
        while (!part.IsEmpty)
        {
            var length = Math.Min(part.Length, Block);
            Classify(part[..length], classes[1..]);
            CountBlock(classes[..(length + 1)], ref features);
            classes[0] = classes[length];
            part = part[length..];
        }
    }

    private static void Classify(ReadOnlySpan<byte> bytes, Span<byte> classes)
    {
        var i = 0;
        for (; i + Vector256<byte>.Count <= bytes.Length; i += Vector256<byte>.Count)
        {
            Classify(Vector256.Create(bytes[i..])).CopyTo(classes[i..]);
        }

        for (; i < bytes.Length; i++)
        {
            classes[i] = Classes[bytes[i]];
        }
    }

    private static void CountBlock(ReadOnlySpan<byte> classes, ref RecordFeatures features)
    {
        Span<int> counts = stackalloc int[Control + 1];
        counts.Clear();
        var changes = 0;
        var i = 1;
        ref var start = ref MemoryMarshal.GetReference(classes);
        for (; i + Vector256<byte>.Count <= classes.Length; i += Vector256<byte>.Count)
        {
            var current = Vector256.LoadUnsafe(ref start, (nuint)i);
            var previous = Vector256.LoadUnsafe(ref start, (nuint)i - 1);
            changes += Vector256<byte>.Count - Matches(current, previous);
            for (byte c = 0; c < Other; c++)
            {
                counts[c] += Matches(current, Vector256.Create(c));
            }
        }

        var inVectors = i - 1;
        counts[Other] = inVectors - (counts[0] + counts[1] + counts[2] + counts[3] + counts[4] + counts[5] + counts[6]);
        for (; i < classes.Length; i++)
        {
            counts[classes[i]]++;
            changes += classes[i] == classes[i - 1] ? 0 : 1;
        }

        counts[Other] += counts[Control];
        for (var c = 0; c <= Other; c++)
        {
            features[First + c] += counts[c];
        }

        features[Transitions] += changes;
    }

    private static int Matches(Vector256<byte> left, Vector256<byte> right) =>
        BitOperations.PopCount(Vector256.Equals(left, right).ExtractMostSignificantBits());

    private static byte Classify(byte b) =>
        (char)b switch
        {
            > '\x7F' => 0,
            >= 'a' and <= 'z' => 1,
            >= 'A' and <= 'Z' => 2,
            >= '0' and <= '9' => 3,
            ' ' => 4,
            '\t' or '\n' or '\r' => 5,
            '(' or ')' or '[' or ']' or '{' or '}' or '<' or '>' or '\'' or '"' or '`' => 6,
            >= '!' and <= '~' => Other,
            _ => Control,
        };

    private static Vector256<byte> Classify(Vector256<byte> b)
    {
        var classes = Vector256.ConditionalSelect(
            InRange(b, '!', '~'),
            Vector256.Create(Other),
            Vector256.Create(Control)
        );
        Set(ref classes, InRange(b, 'a', 'z'), 1);
        Set(ref classes, InRange(b, 'A', 'Z'), 2);
        Set(ref classes, InRange(b, '0', '9'), 3);
        Set(ref classes, Is(b, ' '), 4);
        Set(ref classes, Is(b, '\t') | Is(b, '\n') | Is(b, '\r'), 5);
        // ( ) differ in bit 0, < > in bit 1, [ { and ] } in bit 5.
        var brackets =
            Is(b | Vector256.Create((byte)1), ')')
            | Is(b | Vector256.Create((byte)2), '>')
            | Is(b | Vector256.Create((byte)0x20), '{')
            | Is(b | Vector256.Create((byte)0x20), '}');
        Set(ref classes, brackets | Is(b, '\'') | Is(b, '"') | Is(b, '`'), 6);
        Set(ref classes, Vector256.GreaterThan(b, Vector256.Create((byte)0x7F)), 0);
        return classes;
    }

    private static void Set(ref Vector256<byte> classes, Vector256<byte> mask, byte value) =>
        classes = Vector256.ConditionalSelect(mask, Vector256.Create(value), classes);

    private static Vector256<byte> Is(Vector256<byte> b, char value) =>
        Vector256.Equals(b, Vector256.Create((byte)value));

    private static Vector256<byte> InRange(Vector256<byte> b, char first, char last) =>
        Vector256.LessThanOrEqual(b - Vector256.Create((byte)first), Vector256.Create((byte)(last - first)));
}
