using System.Runtime.InteropServices;
using Lace.Torch.Interop;

namespace Lace.Torch;

/// <summary>
/// A source of libtorch's random numbers with a state that can be kept: for weights, dropout and sampling of text. Its numbers are
/// predictable, so the noise of differential privacy never comes from here.
/// </summary>
public sealed class Generator : SafeHandle
{
    /// <summary>Stands for the device's own generator where an operation takes one.</summary>
    internal static readonly Generator OfDevice = new(0);

    /// <summary>A generator of its own.</summary>
    public Generator(long seed, Device device = default)
        : base(0, ownsHandle: true)
    {
        Shim.Check(Shim.lt_generator_new(device, seed, out var made));
        SetHandle(made);
    }

    private Generator(nint handle)
        : base(0, ownsHandle: true)
    {
        SetHandle(handle);
    }

    public override bool IsInvalid => handle == 0;

    /// <summary>The one that operations without a generator use: dropout, and whatever names none.</summary>
    public static Generator Default(Device device = default)
    {
        Shim.Check(Shim.lt_generator_default(device, out var shared));
        return new Generator(shared);
    }

    public void manual_seed(long seed) => Shim.Check(Shim.lt_generator_set_seed(this, seed));

    /// <summary>Where it stands: bytes of libtorch's own format, for the same version of libtorch.</summary>
    public unsafe byte[] get_state()
    {
        Shim.Check(Shim.lt_generator_state_size(this, out var bytes));
        var state = new byte[bytes];
        fixed (byte* data = state)
        {
            Shim.Check(Shim.lt_generator_state(this, (nint)data, bytes));
        }

        return state;
    }

    /// <exception cref="TorchException">These bytes are no state.</exception>
    public unsafe void set_state(ReadOnlySpan<byte> state)
    {
        fixed (byte* data = state)
        {
            Shim.Check(Shim.lt_generator_set_state(this, (nint)data, state.Length));
        }
    }

    protected override bool ReleaseHandle()
    {
        Shim.lt_generator_free(handle);
        return true;
    }
}
