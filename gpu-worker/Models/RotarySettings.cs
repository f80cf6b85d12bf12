namespace Lace.Worker.Models;

/// <summary>How positions turn into angles (rotary embeddings).</summary>
/// <param name="Base"><c>rope_theta</c></param>
/// <param name="Scaling">Null: as the model was first trained.</param>
public sealed record RotarySettings(double Base, RotaryScaling? Scaling)
{
    /// <summary>Radians a position for each pair of elements of a head, as transformers computes them: in float32.</summary>
    internal float[] Frequencies(int headSize)
    {
        var frequencies = new float[headSize / 2];
        for (var i = 0; i < frequencies.Length; i++)
        {
            var plain = 1f / (float)Math.Pow(Base, (float)(2 * i) / headSize);
            frequencies[i] = Scaling?.Apply(plain) ?? plain;
        }

        return frequencies;
    }
}

/// <summary>How a model's angles were stretched for longer texts.</summary>
public abstract record RotaryScaling
{
    internal abstract float Apply(float frequency);
}

/// <summary><c>linear</c>: all angles are divided.</summary>
public sealed record LinearScaling(double Factor) : RotaryScaling
{
    internal override float Apply(float frequency) => frequency / (float)Factor;
}

/// <summary><c>llama3</c>: slow angles are divided, fast ones kept, those between blended.</summary>
public sealed record Llama3Scaling(
    double Factor,
    double LowFrequencyFactor,
    double HighFrequencyFactor,
    int OriginalPositions
) : RotaryScaling
{
    internal override float Apply(float frequency)
    {
        var wavelength = 2 * MathF.PI / frequency;
        if (wavelength > OriginalPositions / LowFrequencyFactor)
        {
            return frequency / (float)Factor;
        }

        if (wavelength < OriginalPositions / HighFrequencyFactor)
        {
            return frequency;
        }

        var smooth = (float)(
            (OriginalPositions / wavelength - LowFrequencyFactor) / (HighFrequencyFactor - LowFrequencyFactor)
        );
        return (1 - smooth) * frequency / (float)Factor + smooth * frequency;
    }
}
