using System.Runtime.InteropServices;
using Lace.Torch.Interop;

namespace Lace.Torch;

/// <summary>What PyTorch has in its module <c>torch</c>, as far as this project uses it.</summary>
/// <exception cref="DllNotFoundException">Any member: the shim is not compiled; the message says how it is.</exception>
/// <exception cref="TorchException">Any member: libtorch refuses.</exception>
public static partial class torch
{
    public static Device CPU => new(DeviceType.CPU);

    public static Device CUDA => new(DeviceType.CUDA);

    /// <summary>The version of libtorch that the shim was compiled with.</summary>
    public static string version => Marshal.PtrToStringUTF8(Shim.lt_version())!;

    /// <summary>Tensors and generators that exist now in the process, on all threads.</summary>
    public static long live_handles => Shim.lt_live_handles();

    /// <summary>Opens a scope on this thread; every tensor needs one.</summary>
    public static DisposeScope NewDisposeScope() => new();

    /// <summary>Inside its <c>using</c>, operations of this thread are not recorded for gradients.</summary>
    public static GradMode no_grad() => new(enabled: false);

    /// <summary>Inside its <c>using</c>, they are.</summary>
    public static GradMode enable_grad() => new(enabled: true);

    public static bool is_grad_enabled() => Shim.lt_grad_enabled() != 0;

    /// <summary>Threads that one operation uses.</summary>
    public static int get_num_threads() => Shim.Check(Shim.lt_get_num_threads());

    public static void set_num_threads(int count) => Shim.Check(Shim.lt_set_num_threads(count));

    /// <summary>Seeds the default generators of all devices.</summary>
    public static void manual_seed(long seed) => Shim.Check(Shim.lt_manual_seed(seed));

    public static class cuda
    {
        public static bool is_available()
        {
            Shim.Check(Shim.lt_cuda_is_available(out var available));
            return available != 0;
        }

        /// <summary>Waits until the card has done what it was given.</summary>
        public static void synchronize(int index = 0) => Shim.Check(Shim.lt_cuda_synchronize(index));
    }

    public static class autograd
    {
        /// <summary>The gradients of one output with respect to each input, without touching <see cref="Tensor.grad"/>.</summary>
        /// <param name="grad_output">What the gradient of the output is; none for a scalar output.</param>
        /// <returns>Null for an input that the output does not depend on, where <paramref name="allow_unused"/>.</returns>
        public static Tensor?[] grad(
            Tensor output,
            IReadOnlyList<Tensor> inputs,
            Tensor? grad_output = null,
            bool retain_graph = false,
            bool create_graph = false,
            bool allow_unused = false
        )
        {
            DisposeScope.Require();
            var tensors = inputs.ToArray();
            var found = new nint[tensors.Length];
            Shim.Check(
                Shim.lt_autograd_grad(
                    output,
                    Shim.Handles(tensors),
                    tensors.Length,
                    grad_output,
                    retain_graph || create_graph ? 1 : 0,
                    create_graph ? 1 : 0,
                    allow_unused ? 1 : 0,
                    found
                )
            );
            GC.KeepAlive(tensors);
            return Array.ConvertAll(found, Shim.OwnOrNull);
        }
    }
}
