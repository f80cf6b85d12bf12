namespace Lace.Evidence.Audit;

/// <summary>The one form of a time in an entry: <c>2026-11-20T13:45:01.000Z</c>.</summary>
internal static class AuditTime
{
    public const int Length = 24;
    public const string Format = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    private const long UnixEpochMilliseconds = 62_135_596_800_000;

    /// <summary>Reads the first characters; false where they are no time, or one that no calendar has.</summary>
    public static bool TryRead(ReadOnlySpan<byte> text, out long unixMilliseconds)
    {
        unixMilliseconds = 0;
        if (text.Length < Length)
        {
            return false;
        }

        var shaped =
            text[4] == '-'
            & text[7] == '-'
            & text[10] == 'T'
            & text[13] == ':'
            & text[16] == ':'
            & text[19] == '.'
            & text[23] == 'Z';
        var bad = 0;
        var year = (100 * Two(text, 0, ref bad)) + Two(text, 2, ref bad);
        var month = Two(text, 5, ref bad);
        var day = Two(text, 8, ref bad);
        var hour = Two(text, 11, ref bad);
        var minute = Two(text, 14, ref bad);
        var second = Two(text, 17, ref bad);
        var fraction = (10 * Two(text, 20, ref bad)) + Digit(text[22], ref bad);
        if (!shaped || bad != 0 || year == 0 || month is 0 or > 12 || hour > 23 || minute > 59 || second > 59)
        {
            return false;
        }

        if (day == 0 || day > DateTime.DaysInMonth(year, month))
        {
            return false;
        }

        var ticks = new DateTime(year, month, day, hour, minute, second, fraction, DateTimeKind.Utc).Ticks;
        unixMilliseconds = (ticks / TimeSpan.TicksPerMillisecond) - UnixEpochMilliseconds;
        return true;
    }

    private static int Two(ReadOnlySpan<byte> text, int at, ref int bad) =>
        (10 * Digit(text[at], ref bad)) + Digit(text[at + 1], ref bad);

    private static int Digit(byte character, ref int bad)
    {
        var digit = character - '0';
        bad |= (uint)digit > 9 ? 1 : 0;
        return digit;
    }
}
