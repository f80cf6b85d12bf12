using System.Runtime.InteropServices;
using Lace.Torch;

namespace Lace.Worker.Checks;

/// <summary>Free memory of a card, from the CUDA runtime that libtorch has loaded already.</summary>
internal static class CudaMemory
{
    private static readonly string[] Names = ["libcudart.so.13", "libcudart.so.12", "libcudart.so.11.0"];

    private delegate int MemoryInfo(out nuint free, out nuint total);

    /// <summary>Null on the CPU, and where no CUDA runtime is found.</summary>
    public static long? FreeBytes(Device device)
    {
        if (device.Type != DeviceType.CUDA)
        {
            return null;
        }

        torch.cuda.synchronize(device.Index);
        return Find() is { } ask && ask(out var free, out _) == 0 ? (long)free : null;
    }

    private static MemoryInfo? Find()
    {
        foreach (var name in Names.Concat(Loaded()))
        {
            if (
                NativeLibrary.TryLoad(name, out var library)
                && NativeLibrary.TryGetExport(library, "cudaMemGetInfo", out var export)
            )
            {
                return Marshal.GetDelegateForFunctionPointer<MemoryInfo>(export);
            }
        }

        return null;
    }

    /// <summary>PyTorch brings one of its own under a name of its own.</summary>
    private static string[] Loaded() =>
        File.ReadLines("/proc/self/maps")
            .Select(line => line[(line.IndexOf('/', StringComparison.Ordinal) is >= 0 and var at ? at : line.Length)..])
            .Where(path => path.Contains("libcudart", StringComparison.Ordinal))
            .Distinct()
            .ToArray();
}
