using Lace.Torch;
using static Lace.Torch.torch;

namespace Lace.Worker.Models;

/// <summary>Cosines and sines of every position of a model, in float32, made for as many positions as were asked for.</summary>
internal sealed class RotaryTable(RotarySettings settings, int headSize, Device device) : IDisposable
{
    private const long First = 256;
    private Tensor? cos;
    private Tensor? sin;
    private long length;

    /// <param name="positions">[B,T], none negative.</param>
    /// <returns>[B,1,T,E/2]</returns>
    public (Tensor Cos, Tensor Sin) At(Tensor positions, long end)
    {
        Grow(end);
        long[] shape = [positions.size(0), 1, positions.size(1), headSize / 2];
        var flat = positions.reshape(-1);
        return (cos!.index_select(0, flat).view(shape), sin!.index_select(0, flat).view(shape));
    }

    public void Dispose()
    {
        cos?.Dispose();
        sin?.Dispose();
        length = 0;
    }

    private void Grow(long end)
    {
        if (end <= length)
        {
            return;
        }

        Dispose();
        length = Math.Max(First, end + end / 2);
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        var frequencies = tensor<float>(settings.Frequencies(headSize), device: device); // [E/2]
        var angles = arange(0, length, 1, ScalarType.Float32, device).unsqueeze(1) * frequencies; // [length,E/2]
        cos = angles.cos().DetachFromDisposeScope();
        sin = angles.sin().DetachFromDisposeScope();
    }
}
