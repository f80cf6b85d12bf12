using System.Globalization;
using Lace.Evidence.LossLog;

namespace Lace.Evidence.Verification;

/// <summary>How figures are written in sentences.</summary>
internal static class Words
{
    /// <summary>RFC 3339 in UTC, to the second.</summary>
    public static string Time(DateTimeOffset time) =>
        time.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    public static string Percent(double share) => (100 * share).ToString("0.#", CultureInfo.InvariantCulture) + " %";

    public static string Number(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);

    /// <summary>The first few of them, and how many more there are: a sentence goes into a signed statement.</summary>
    public static string Ranges(IEnumerable<(long From, long To)> ranges)
    {
        const int Shown = 16;
        var all = ranges.ToArray();
        var words = all.Take(Shown)
            .Select(range => range.From == range.To ? $"{range.From}" : $"{range.From}..{range.To}");
        return string.Join(", ", words) + (all.Length > Shown ? $" and {all.Length - Shown} more stretches" : "");
    }

    public static string Order(BatchOrder order) =>
        order switch
        {
            BatchOrder.Nonce => "nonce",
            BatchOrder.Epoch => "epoch",
            BatchOrder.Streamed => "streamed",
            _ => "unknown",
        };
}
