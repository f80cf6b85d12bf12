using Lace.Torch;

namespace Lace.SystemTests.Torch;

/// <summary>A tensor that both implementations are given: fixed numbers without ties.</summary>
internal sealed record Input(ScalarType Dtype, long[] Shape, double[] Values)
{
    /// <summary>Between -1 and 1.</summary>
    public static Input Float(params long[] shape) =>
        Make(ScalarType.Float32, shape, i => (float)Math.Sin(1.7 * i + 0.3));

    /// <summary>Whole numbers from 0 up to, not including, <paramref name="end"/>.</summary>
    public static Input Index(int end, params long[] shape) => Make(ScalarType.Int64, shape, i => 5 * i % end);

    public static Input Mask(params long[] shape) => Make(ScalarType.Bool, shape, i => i % 3 == 0 ? 1 : 0);

    public Input Positive() =>
        this with
        {
            Values = Array.ConvertAll(Values, value => (double)(float)(Math.Abs(value) + 0.1)),
        };

    public Input Reversed() => this with { Values = [.. Values.Reverse()] };

    /// <summary>A square mask in which each row has at least one true element.</summary>
    public Input WithDiagonal() =>
        this with
        {
            Values = [.. Values.Select((value, i) => i / Shape[1] == i % Shape[1] ? 1 : value)],
        };

    public Tensor Make()
    {
        switch (Dtype)
        {
            case ScalarType.Int64:
                return torch.tensor<long>(Array.ConvertAll(Values, value => (long)value), Shape);
            case ScalarType.Bool:
                return torch.tensor<bool>(Array.ConvertAll(Values, value => value != 0), Shape);
            default:
                return torch.tensor<float>(Array.ConvertAll(Values, value => (float)value), Shape).requires_grad_();
        }
    }

    private static Input Make(ScalarType dtype, long[] shape, Func<int, double> value) =>
        new(dtype, shape, [.. Enumerable.Range(0, (int)shape.Aggregate(1L, (a, b) => a * b)).Select(value)]);
}
