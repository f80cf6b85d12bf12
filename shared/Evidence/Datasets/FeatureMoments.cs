namespace Lace.Evidence.Datasets;

/// <summary>First and second moments of bytes and nats over records: all that a prediction over random batches needs.</summary>
/// <remarks>
/// Nats are in nats, not in hundredths. Each array has the orders 1, 2, 3. Moments of disjoint sets of records add up; add chunks in
/// the order of their numbers, as floating-point sums depend on the order in the last digit.
/// </remarks>
/// <param name="Records">How many records were summed.</param>
/// <param name="Bytes">Sum of bytes.</param>
/// <param name="BytesSquared">Sum of squared bytes.</param>
/// <param name="Nats">Sums of nats.</param>
/// <param name="NatsSquared">Sums of squared nats.</param>
/// <param name="BytesNats">Sums of bytes times nats.</param>
public sealed record FeatureMoments(
    long Records,
    double Bytes,
    double BytesSquared,
    IReadOnlyList<double> Nats,
    IReadOnlyList<double> NatsSquared,
    IReadOnlyList<double> BytesNats
)
{
    /// <summary>The moments of no records.</summary>
    public static readonly FeatureMoments None = new(0, 0, 0, [0, 0, 0], [0, 0, 0], [0, 0, 0]);

    public static FeatureMoments operator +(FeatureMoments left, FeatureMoments right) =>
        new(
            checked(left.Records + right.Records),
            left.Bytes + right.Bytes,
            left.BytesSquared + right.BytesSquared,
            Add(left.Nats, right.Nats),
            Add(left.NatsSquared, right.NatsSquared),
            Add(left.BytesNats, right.BytesNats)
        );

    private static double[] Add(IReadOnlyList<double> left, IReadOnlyList<double> right) =>
        [left[0] + right[0], left[1] + right[1], left[2] + right[2]];

    /// <summary>Collects the moments of one record after the other.</summary>
    public sealed class Sum
    {
        private readonly double[] nats = new double[3];
        private readonly double[] squares = new double[3];
        private readonly double[] products = new double[3];
        private long records;
        private double bytes;
        private double bytesSquared;

        public void Add(in RecordFeatures features)
        {
            double length = features[0];
            records++;
            bytes += length;
            bytesSquared += length * length;
            for (var k = 0; k < nats.Length; k++)
            {
                var value = features[k + 1] / (double)RecordFeatures.NatsScale;
                nats[k] += value;
                squares[k] += value * value;
                products[k] += length * value;
            }
        }

        public FeatureMoments ToMoments() => new(records, bytes, bytesSquared, [.. nats], [.. squares], [.. products]);
    }
}
