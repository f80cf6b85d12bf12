using System.Runtime.CompilerServices;

namespace Lace.Evidence.Datasets;

/// <summary>The 13 committed numbers of one record, or their sums over several (protocol §2).</summary>
/// <remarks>
/// 0: bytes. 1 to 3: hundredths of nats under the byte n-gram model of that order. 4 to 11: bytes that are non-ASCII, lower,
/// upper, digit, space, tab/LF/CR, bracket or quote, other. 12: class transitions. All are non-negative; sums fit 63 bits.
/// </remarks>
[InlineArray(Count)]
public struct RecordFeatures
{
    public const int Count = 13;
    public const int NatsScale = 100;

    private long first;

    /// <summary>Adds another record's numbers to these.</summary>
    public void Add(in RecordFeatures other)
    {
        for (var i = 0; i < Count; i++)
        {
            this[i] = checked(this[i] + other[i]);
        }
    }
}
