using System.Runtime.InteropServices;

namespace Lace.Torch.Interop;

/// <summary><c>native/optimizers.cpp</c></summary>
internal static partial class Shim
{
    [LibraryImport(ShimLibrary.Name)]
    internal static partial int lt_adam(
        Tensor p,
        Tensor g,
        Tensor m,
        Tensor v,
        long step,
        double rate,
        double beta1,
        double beta2,
        double epsilon,
        double decay,
        int decoupled,
        double scale
    );

    [LibraryImport(ShimLibrary.Name)]
    internal static partial int lt_sgd(
        Tensor p,
        Tensor g,
        Tensor? buffer,
        double rate,
        double momentum,
        double decay,
        double scale
    );

    [LibraryImport(ShimLibrary.Name)]
    internal static partial int lt_adafactor(
        Tensor p,
        Tensor g,
        Tensor row,
        Tensor? column,
        long step,
        double rate,
        double decay,
        double scale
    );
}
