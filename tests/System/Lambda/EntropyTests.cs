using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Lace.Functions.Lambda;

namespace Lace.SystemTests.Lambda;

/// <summary>That a process made of a snapshot draws from fresh seed: told by OpenSSL's own count of reseedings.</summary>
public sealed class EntropyTests
{
    private const uint UnsignedInteger = 2;

    [Fact]
    public void A_renewal_reseeds_the_generator_and_with_the_next_draw_the_one_of_the_thread()
    {
        RandomNumberGenerator.GetBytes(1);
        var (process, thread) = (Reseedings(Primary(0)), Reseedings(OfThread(0)));
        Assert.True(process > 0 && thread > 0);

        Entropy.Renew();
        Assert.True(Reseedings(Primary(0)) > process);

        RandomNumberGenerator.GetBytes(1);
        Assert.True(Reseedings(OfThread(0)) > thread);
    }

    /// <summary>OSSL_DRBG_PARAM_RESEED_COUNTER (EVP_RAND(7)).</summary>
    private static uint Reseedings(nint generator)
    {
        var (name, value) = (Marshal.StringToHGlobalAnsi("reseed_counter"), Marshal.AllocHGlobal(sizeof(uint)));
        try
        {
            // The list ends with a parameter without a name.
            Parameter[] asked = [new(name, UnsignedInteger, value, sizeof(uint), 0), default];
            Assert.Equal(1, GetParameters(generator, asked));
            Assert.Equal((nuint)sizeof(uint), asked[0].Written);
            return (uint)Marshal.ReadInt32(value);
        }
        finally
        {
            Marshal.FreeHGlobal(name);
            Marshal.FreeHGlobal(value);
        }
    }

    [DllImport("libcrypto.so.3", EntryPoint = "RAND_get0_primary")]
    private static extern nint Primary(nint library);

    [DllImport("libcrypto.so.3", EntryPoint = "RAND_get0_public")]
    private static extern nint OfThread(nint library);

    [DllImport("libcrypto.so.3", EntryPoint = "EVP_RAND_CTX_get_params")]
    private static extern int GetParameters(nint generator, [In, Out] Parameter[] parameters);

    /// <summary>OSSL_PARAM(3).</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct Parameter(nint Name, uint Type, nint Data, nuint Size, nuint Written);
}
