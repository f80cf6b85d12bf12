using System.Runtime.InteropServices;

namespace Lace.Torch.Interop;

/// <summary><c>native/random.cpp</c></summary>
internal static partial class Shim
{
    [LibraryImport(ShimLibrary.Name)]
    internal static partial int lt_manual_seed(long seed);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial int lt_generator_new(Place place, long seed, out nint made);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial int lt_generator_default(Place place, out nint made);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial void lt_generator_free(nint handle);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial int lt_generator_set_seed(Generator handle, long seed);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial int lt_generator_state_size(Generator handle, out long bytes);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial int lt_generator_state(Generator handle, nint data, long bytes);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial int lt_generator_set_state(Generator handle, nint data, long bytes);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_randn(ReadOnlySpan<long> sizes, int n, int type, Place place, Generator g);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_rand(ReadOnlySpan<long> sizes, int n, int type, Place place, Generator g);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_randint(
        long low,
        long high,
        ReadOnlySpan<long> sizes,
        int n,
        Place place,
        Generator g
    );

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_randperm(long n, Place place, Generator g);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial Tensor lt_multinomial(Tensor weights, long count, int replacement, Generator g);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial int lt_normal_(Tensor a, double mean, double deviation, Generator g);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial int lt_uniform_(Tensor a, double low, double high, Generator g);

    [LibraryImport(ShimLibrary.Name)]
    internal static partial int lt_bernoulli_(Tensor a, double p, Generator g);
}
