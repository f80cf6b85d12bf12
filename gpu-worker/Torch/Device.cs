using System.Runtime.InteropServices;

namespace Lace.Torch;

/// <summary>Where a tensor lives. The numbers are libtorch's.</summary>
public enum DeviceType
{
    CPU = 0,
    CUDA = 1,
}

/// <summary>One processor or graphics card.</summary>
/// <param name="Index">Which card; 0 for the CPU.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct Device(DeviceType Type, int Index = 0)
{
    /// <summary>As PyTorch writes it: <c>cpu</c>, <c>cuda</c>, <c>cuda:1</c>.</summary>
    /// <exception cref="FormatException">Something else.</exception>
    public static Device Parse(string text) =>
        text switch
        {
            "cpu" => new Device(DeviceType.CPU),
            "cuda" => new Device(DeviceType.CUDA),
            _ when text.StartsWith("cuda:", StringComparison.Ordinal) && byte.TryParse(text.AsSpan(5), out var index) =>
                new Device(DeviceType.CUDA, index),
            _ => throw new FormatException($"'{text}' is no device: cpu, cuda or cuda:N."),
        };

    public override string ToString() => Type == DeviceType.CPU ? "cpu" : $"cuda:{Index}";
}
