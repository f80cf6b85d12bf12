using Lace.Torch.Interop;

namespace Lace.Torch;

public static partial class torch
{
    /// <summary>Standard normal.</summary>
    public static Tensor randn(
        ReadOnlySpan<long> size,
        ScalarType dtype = ScalarType.Float32,
        Device device = default,
        Generator? generator = null
    ) => Shim.lt_randn(size, size.Length, (int)dtype, device, generator ?? Generator.OfDevice);

    /// <summary>Uniform in [0, 1).</summary>
    public static Tensor rand(
        ReadOnlySpan<long> size,
        ScalarType dtype = ScalarType.Float32,
        Device device = default,
        Generator? generator = null
    ) => Shim.lt_rand(size, size.Length, (int)dtype, device, generator ?? Generator.OfDevice);

    /// <summary>Whole numbers from <paramref name="low"/> up to, not including, <paramref name="high"/>.</summary>
    public static Tensor randint(
        long low,
        long high,
        ReadOnlySpan<long> size,
        Device device = default,
        Generator? generator = null
    ) => Shim.lt_randint(low, high, size, size.Length, device, generator ?? Generator.OfDevice);

    public static Tensor randperm(long n, Device device = default, Generator? generator = null) =>
        Shim.lt_randperm(n, device, generator ?? Generator.OfDevice);

    /// <summary>Draws indices in proportion to the weights of each row.</summary>
    public static Tensor multinomial(
        Tensor input,
        long num_samples,
        bool replacement = false,
        Generator? generator = null
    ) => Shim.lt_multinomial(input, num_samples, replacement ? 1 : 0, generator ?? Generator.OfDevice);
}
