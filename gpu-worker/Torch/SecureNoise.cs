using Lace.Torch.Interop;

namespace Lace.Torch;

/// <summary>
/// The Gaussian noise of differential privacy, from ChaCha20 (RFC 8439) under a secret key. What is added is a function of the key, the
/// step and the parameter alone: a step that is run again after a crash draws the same bits, on any number of threads.
/// </summary>
/// <remarks>
/// A key belongs to one run, and a pair of step and parameter is used for one sum: two releases with one noise have none between them.
/// Whoever learns the key can take the noise away.
/// </remarks>
public static class SecureNoise
{
    /// <summary>Bytes of a key.</summary>
    public const int KeySize = 32;

    /// <summary>Adds to every element an independent normal number of this deviation.</summary>
    /// <param name="sum">float32, contiguous. On a card, the noise is drawn on the processor and copied there.</param>
    /// <exception cref="ArgumentException">The key has another size.</exception>
    /// <exception cref="TorchException">Another dtype or memory order; a deviation that is negative or not finite.</exception>
    public static Tensor add_(
        Tensor sum,
        double standardDeviation,
        ReadOnlySpan<byte> key32,
        ulong step,
        uint parameter
    ) => Add(sum, standardDeviation, key32, step, parameter, vectorBits: 0);

    /// <param name="vectorBits">Of the vectors to compute with, 0 for the widest of this processor. The result does not depend on it.</param>
    internal static Tensor Add(
        Tensor sum,
        double standardDeviation,
        ReadOnlySpan<byte> key32,
        ulong step,
        uint parameter,
        int vectorBits
    )
    {
        CheckKey(key32);
        Shim.Check(Shim.lt_noise_add(sum, standardDeviation, key32, step, parameter, vectorBits));
        return sum;
    }

    /// <summary>The cipher's own blocks of 64 bytes.</summary>
    internal static byte[] Blocks(ReadOnlySpan<byte> key32, ulong step, uint parameter, uint first, int count)
    {
        CheckKey(key32);
        var blocks = new byte[64 * count];
        Shim.Check(Shim.lt_noise_blocks(key32, step, parameter, first, blocks, count));
        return blocks;
    }

    private static void CheckKey(ReadOnlySpan<byte> key)
    {
        if (key.Length != KeySize)
        {
            throw new ArgumentException($"A key has {KeySize} bytes, not {key.Length}.", nameof(key));
        }
    }
}
