namespace Lace.Tests.Evidence.Datasets;

/// <summary>The features as the reference has them, one byte and one logarithm at a time: the slow twin of the scorer.</summary>
internal static class NaiveFeatures
{
    private static readonly double[] Alpha = [1, 10, 20, 20];

    public static double[][] Of(IReadOnlyList<byte[]> records)
    {
        var symbols = new Dictionary<(int Fold, int Order, uint Slot), double>();
        var contexts = new Dictionary<(int Fold, int Order, uint Slot), double>();
        for (var i = 0; i < records.Count; i++)
        {
            for (var at = 0; at < records[i].Length; at++)
            {
                for (var order = 0; order < 4; order++)
                {
                    var (symbol, context) = Slots(records[i], at, order);
                    symbols[(i & 1, order, symbol)] = symbols.GetValueOrDefault((i & 1, order, symbol)) + 1;
                    contexts[(i & 1, order, context)] = contexts.GetValueOrDefault((i & 1, order, context)) + 1;
                }
            }
        }

        return [.. records.Select((record, i) => Score(record, 1 - (i & 1), symbols, contexts))];
    }

    private static double[] Score(
        byte[] record,
        int fold,
        Dictionary<(int, int, uint), double> symbols,
        Dictionary<(int, int, uint), double> contexts
    )
    {
        var features = new double[13];
        features[0] = record.Length;
        for (var at = 0; at < record.Length; at++)
        {
            var p = 1.0 / 256;
            for (var order = 0; order < 4; order++)
            {
                var (symbol, context) = Slots(record, at, order);
                p =
                    (symbols.GetValueOrDefault((fold, order, symbol)) + (Alpha[order] * p))
                    / (contexts.GetValueOrDefault((fold, order, context)) + Alpha[order]);
                features[order] += order == 0 ? 0 : -Math.Log(Math.Min(p, 1));
            }

            features[4 + Math.Min(Class(record[at]), 7)]++;
            features[12] += at > 0 && Class(record[at]) != Class(record[at - 1]) ? 1 : 0;
        }

        return features;
    }

    private static (uint Symbol, uint Context) Slots(byte[] record, int at, int order)
    {
        uint Before(int k) => at >= k ? record[at - k] : 0u;
        var (d, a, b, c) = ((uint)record[at], Before(1), Before(2), Before(3));
        var context = (c << 16) | (b << 8) | a;
        return order switch
        {
            0 => (d, 0),
            1 => (a << 8 | d, a),
            2 => (b << 16 | a << 8 | d, b << 8 | a),
            _ => (((context << 8) | d) * 2654435761 >> 10, context * 2654435761 >> 12),
        };
    }

    private static int Class(byte b) =>
        b > 127 ? 0
        : b is >= (byte)'a' and <= (byte)'z' ? 1
        : b is >= (byte)'A' and <= (byte)'Z' ? 2
        : b is >= (byte)'0' and <= (byte)'9' ? 3
        : b == ' ' ? 4
        : b is 9 or 10 or 13 ? 5
        : "()[]{}<>'\"`".Contains((char)b) ? 6
        : b is >= 33 and <= 126 ? 7
        : 8;
}
