using System.Runtime.InteropServices;

namespace Lace.Evidence.Datasets;

/// <summary>Bytes of records, in all and of the longest and the shortest.</summary>
/// <param name="Bytes">Canonical bytes of all records.</param>
/// <param name="TrainedBytes">Bytes of their trained parts.</param>
/// <param name="Shortest">The largest number there is where there are no records.</param>
/// <param name="InvalidUtf8">Records that are not valid UTF-8.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct RecordLengths(
    long Bytes,
    long TrainedBytes,
    long Longest,
    long Shortest,
    long InvalidUtf8
)
{
    public static RecordLengths None => new(0, 0, 0, long.MaxValue, 0);

    public static RecordLengths Of(int length, int trained, bool isValid) =>
        new(length, trained, length, length, isValid ? 0 : 1);

    public static RecordLengths operator +(RecordLengths a, RecordLengths b) =>
        new(
            a.Bytes + b.Bytes,
            a.TrainedBytes + b.TrainedBytes,
            Math.Max(a.Longest, b.Longest),
            Math.Min(a.Shortest, b.Shortest),
            a.InvalidUtf8 + b.InvalidUtf8
        );
}
