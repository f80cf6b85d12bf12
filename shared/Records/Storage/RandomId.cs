using System.Buffers;
using System.Security.Cryptography;

namespace Lace.Records.Storage;

/// <summary>Ids that people read out: the time in UTC, then letters that cannot be mistaken for one another.</summary>
internal static class RandomId
{
    /// <summary>32 characters without 0, 1, l and o: 5 bits each.</summary>
    private const string Alphabet = "23456789abcdefghijkmnpqrstuvwxyz";

    private static readonly SearchValues<char> LettersAndDigits = SearchValues.Create(
        "0123456789abcdefghijklmnopqrstuvwxyz"
    );

    /// <summary>Such as <c>lace-20261120-134501-x7k2p9</c>. Two ids can be equal: create the item only if absent.</summary>
    public static string At(string prefix, DateTimeOffset time) =>
        $"{prefix}-{time.UtcDateTime:yyyyMMdd-HHmmss}-{Letters(6)}";

    public static string Letters(int count) => RandomNumberGenerator.GetString(Alphabet, count);

    /// <summary>Whether the text has the shape of <see cref="At"/>: checked before any of it goes into a key or a path.</summary>
    public static bool IsValid(string prefix, string? id) =>
        id is not null
        && id.Length == prefix.Length + 23
        && id.StartsWith(prefix, StringComparison.Ordinal)
        && id[prefix.Length] == '-'
        && id[prefix.Length + 9] == '-'
        && id[prefix.Length + 16] == '-'
        && id.AsSpan(prefix.Length + 1, 8).IndexOfAnyExceptInRange('0', '9') < 0
        && id.AsSpan(prefix.Length + 10, 6).IndexOfAnyExceptInRange('0', '9') < 0
        && id.AsSpan(prefix.Length + 17).IndexOfAnyExcept(LettersAndDigits) < 0;
}
