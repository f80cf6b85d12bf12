namespace Lace.Platform;

/// <summary>What no adapter can sign is refused by all.</summary>
internal static class SigningMessage
{
    private const int Ed25519Bytes = 4096;

    public static void Check(SigningAlgorithm algorithm, ReadOnlyMemory<byte> message)
    {
        if (algorithm == SigningAlgorithm.Ed25519 && message.Length > Ed25519Bytes)
        {
            throw new ArgumentException($"A message for Ed25519 has at most {Ed25519Bytes} bytes.", nameof(message));
        }
    }
}
