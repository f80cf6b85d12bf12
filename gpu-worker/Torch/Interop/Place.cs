using System.Runtime.InteropServices;

namespace Lace.Torch.Interop;

/// <summary>A <see cref="Device"/> as the shim takes it.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct Place(int Type, int Index)
{
    public static implicit operator Place(Device device) => new((int)device.Type, device.Index);
}
