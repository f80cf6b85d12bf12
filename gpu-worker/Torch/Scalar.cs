using System.Runtime.InteropServices;

namespace Lace.Torch;

/// <summary>A number beside a tensor. A whole one stays whole: it does not turn an int64 tensor into a float32 one.</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly struct Scalar
{
    private readonly long isWhole;
    private readonly long bits;

    private Scalar(bool isWhole, long bits)
    {
        this.isWhole = isWhole ? 1 : 0;
        this.bits = bits;
    }

    public static implicit operator Scalar(long value) => new(isWhole: true, value);

    public static implicit operator Scalar(int value) => new(isWhole: true, value);

    public static implicit operator Scalar(double value) => new(isWhole: false, BitConverter.DoubleToInt64Bits(value));

    public static implicit operator Scalar(float value) => (double)value;
}
