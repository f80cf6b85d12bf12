using Lace.Cryptography;
using Lace.Evidence.Transparency.Notes;

namespace Lace.Tests.Evidence.Transparency.Notes;

/// <summary>A key pair that signs notes: the seed is one byte repeated, so that a name of a test is a key.</summary>
internal sealed class NoteSigner
{
    private readonly SigningKey key;

    public NoteSigner(string name, NoteSignatureType type, byte seed)
    {
        var algorithm =
            type == NoteSignatureType.MlDsa44Cosignature
                ? (SignatureAlgorithm)SignatureAlgorithm.MlDsa44
                : SignatureAlgorithm.Ed25519;
        key = algorithm.ImportKey(Enumerable.Repeat(seed, algorithm.SeedSize).ToArray());
        Key = VerifierKey.Create(name, type, key.PublicKey.Encoded)!;
    }

    public VerifierKey Key { get; }

    public NoteSignature Sign(string text, long unixSeconds = 0) =>
        NoteSigning.Line(Key, key.Algorithm.Sign(key, NoteSigning.Message(Key, text, unixSeconds)), unixSeconds);
}
