using System.Runtime.InteropServices;

namespace Lace.Functions.Lambda;

/// <summary>The random generator of this process, which is OpenSSL's.</summary>
internal static class Entropy
{
    /// <summary>
    /// Makes it take fresh seed from the operating system. Every process that is made of one snapshot begins with the same state,
    /// and two that drew the same key or nonce would undo what rests on it.
    /// </summary>
    /// <exception cref="InvalidOperationException">It did not: the process must not go on.</exception>
    public static void Renew()
    {
        if (RandPoll() != 1)
        {
            throw new InvalidOperationException("OpenSSL's random generator takes no fresh seed.");
        }
    }

    [DllImport("libcrypto.so.3", EntryPoint = "RAND_poll")]
    private static extern int RandPoll();
}
