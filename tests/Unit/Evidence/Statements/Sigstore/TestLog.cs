using System.Security.Cryptography;
using System.Text;
using Lace.Cryptography;
using Lace.Evidence.Statements;
using Lace.Evidence.Statements.Sigstore;
using Lace.Evidence.Transparency;
using Lace.Evidence.Transparency.Notes;

namespace Lace.Tests.Evidence.Statements.Sigstore;

/// <summary>A log made for the test: a tile log with an Ed25519 key, and one in the manner of Rekor v1 with ECDSA.</summary>
internal sealed class TestLog : IDisposable
{
    public const long IntegratedTime = 1_795_182_400;

    private readonly SigningKey ed25519 = SignatureAlgorithm.Ed25519.GenerateKey();
    private readonly ECDsa ecdsa = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public TestLog()
    {
        TileKey = VerifierKey.Create("log.localhost/1a2b3c4d", NoteSignatureType.Ed25519, ed25519.PublicKey.Encoded)!;
        RekorKey = VerifierKey.Create("rekor.example", NoteSignatureType.Ecdsa, ecdsa.ExportSubjectPublicKeyInfo())!;
        var from = MadeStatements.Time.AddDays(-1);
        var rekor = $$"""
            {"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.2","tlogs":[{"baseUrl":"https://rekor.example/",
            "hashAlgorithm":"SHA2_256","publicKey":{"rawBytes":"{{Convert.ToBase64String(RekorKey.PublicKey.Span)}}",
            "keyDetails":"PKIX_ECDSA_P256_SHA_256","validFor":{"start":"{{from:yyyy-MM-ddTHH:mm:ssZ}}" } },
            "logId":{"keyId":"{{Convert.ToBase64String(RekorKey.Digest.Span)}}"},"operator":"nobody"}]}
            """;
        Root = new TrustedRoot([
            TrustedLog.Of(TileKey, from),
            .. TrustedRoot.TryParse(Encoding.UTF8.GetBytes(rekor))!.Logs,
        ]);
    }

    public VerifierKey TileKey { get; }

    public VerifierKey RekorKey { get; }

    public TrustedRoot Root { get; }

    /// <summary>The entry of a body, at an index between other leaves.</summary>
    public LogEntry Add(byte[] body)
    {
        var (leaves, index) = Leaves(body);
        var text = new Checkpoint(TileKey.Name, leaves.Length, MerkleTree.Head(leaves)).Text;
        return LogEntry.OfHashedRekord(
            index,
            TileKey,
            body,
            MerkleTree.InclusionProof(leaves, index),
            Note(TileKey, text, SignatureAlgorithm.Ed25519.Sign(ed25519, Encoding.UTF8.GetBytes(text)))
        );
    }

    /// <summary>The entry of a body in the manner of Rekor v1, with a signed entry timestamp.</summary>
    public LogEntry AddToRekor(byte[] body, string kind)
    {
        var (leaves, index) = Leaves(body);
        var head = MerkleTree.Head(leaves);
        var text = new Checkpoint($"{RekorKey.Name} - 12345", leaves.Length, head).Text;
        var set =
            $$"""{"body":"{{Convert.ToBase64String(body)}}","integratedTime":{{IntegratedTime}},"logID":"{{Convert.ToHexStringLower(RekorKey.Digest.Span)}}","logIndex":1003}""";
        return new LogEntry(
            1003,
            RekorKey.Digest,
            kind,
            "0.0.1",
            IntegratedTime,
            Sign(set),
            new InclusionProof(
                index,
                head,
                leaves.Length,
                MerkleTree.InclusionProof(leaves, index),
                Note(RekorKey, text, Sign(text))
            ),
            body
        );
    }

    public void Dispose()
    {
        ed25519.Dispose();
        ecdsa.Dispose();
    }

    private byte[] Sign(string text) =>
        ecdsa.SignData(Encoding.UTF8.GetBytes(text), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);

    private static string Note(VerifierKey key, string text, byte[] signature) =>
        new SignedNote(text, [NoteSigning.Line(key, signature)]).ToString();

    private static (MerkleHash[] Leaves, int Index) Leaves(byte[] body)
    {
        const int index = 3;
        MerkleHash[] leaves = [.. Enumerable.Range(0, 11).Select(i => MerkleTree.HashLeaf([(byte)i]))];
        leaves[index] = MerkleTree.HashLeaf(body);
        return (leaves, index);
    }
}
