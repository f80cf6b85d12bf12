using System.Security.Cryptography;
using Lace.Cryptography;
using Lace.Evidence.LossLog;
using Lace.Evidence.Statements;
using Lace.Evidence.Transparency;
using Lace.Evidence.Transparency.Notes;
using Lace.Evidence.Verification;
using Lace.Tests.Evidence.Statements;

namespace Lace.Tests.Evidence.Verification;

/// <summary>A dataset and a run's start, signed and in a log of a few entries, with keys made for it.</summary>
internal sealed class LoggedBeginning : IDisposable
{
    public const string Origin = "log.localhost/1a2b3c4d";

    private readonly ECDsa ecdsa = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly SigningKey hybrid = SignatureAlgorithm.MlDsa65Ed25519.GenerateKey();
    private readonly SigningKey note = SignatureAlgorithm.Ed25519.GenerateKey();
    private readonly List<byte[]> entries = ["another"u8.ToArray()];

    public LoggedBeginning(bool startFirst = false)
    {
        var key = VerifierKey.Create(Origin, NoteSignatureType.Ed25519, note.PublicKey.Encoded)!;
        Trust = new(
            [
                StatementKey.TryImport(StatementAlgorithm.P256, ecdsa.ExportSubjectPublicKeyInfo(), From)!,
                StatementKey.TryImport(StatementAlgorithm.Hybrid, hybrid.PublicKey.Encoded, From)!,
            ],
            [key]
        );
        var dataset = Sign(Statement.Create(Attestation.Id, Attestation.Root!.Value, PredicateTypes.Dataset, Dataset));
        if (!startFirst)
        {
            Append(dataset);
        }

        var named = new Checkpoint(Origin, entries.Count + (startFirst ? 4 : 0), Head(entries.Count));
        var start = Sign(
            Statement.Create(
                Run.Id,
                LossSegment.Origin(Run.Id, Run.Root),
                PredicateTypes.RunStart,
                Start(IndexOf(dataset, startFirst ? 3 : null), named)
            )
        );
        Append(start);
        if (startFirst)
        {
            Append(dataset);
        }

        entries.Add("one more"u8.ToArray());
        var checkpoint = new Checkpoint(Origin, entries.Count, Head(entries.Count));
        var line = NoteSigning.Line(
            key,
            SignatureAlgorithm.Ed25519.Sign(note, NoteSigning.Message(key, checkpoint.Text))
        );
        Facts = new(
            Logged(dataset),
            Logged(start),
            System.Text.Encoding.UTF8.GetBytes(new SignedNote(checkpoint.Text, [line]).ToString()),
            startFirst ? [] : Consistency(named.Size)
        );
    }

    public static AttestationFacts Attestation { get; } =
        new(
            MadeStatements.AttestationId,
            true,
            MadeStatements.Root,
            MadeStatements.Dataset.Dataset.Records,
            [],
            MadeStatements.Dataset.CompletedAt
        );

    public static RunFacts Run { get; } =
        new(
            MadeStatements.RunId,
            BatchOrder.Epoch,
            MadeStatements.Root,
            MadeStatements.Head,
            MadeStatements.Dataset.CompletedAt.AddSeconds(5),
            Offline: false,
            Closed: true,
            [],
            new Dictionary<string, long>()
        );

    public LogFacts Facts { get; }

    public LogTrust Trust { get; }

    public Check Check(LogFacts? facts = null, LogTrust? trust = null) =>
        LogCheck.Of(facts ?? Facts, trust ?? Trust, Attestation, Run);

    public void Dispose()
    {
        ecdsa.Dispose();
        hybrid.Dispose();
        note.Dispose();
    }

    private static DateTimeOffset From => MadeStatements.Time.AddDays(-1);

    private static DatasetPredicate Dataset => MadeStatements.Dataset;

    private static RunStartPredicate Start(long index, Checkpoint named) =>
        new(
            Run.Id,
            Attestation.Id,
            Run.Root,
            Attestation.Records,
            Run.Order,
            Run.Offline,
            Run.Nonce.ToString(),
            Run.CreatedAt,
            new LoggedAttestation(index, named.Text)
        );

    private SignedStatement Sign(Statement statement) =>
        new(
            statement.Payload,
            new(
                Trust.StatementKeys[0].Id,
                ecdsa.SignData(statement.Pae.ToArray(), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence)
            ),
            new(Trust.StatementKeys[1].Id, SignatureAlgorithm.MlDsa65Ed25519.Sign(hybrid, statement.Pae.Span))
        );

    private (byte[] P256, byte[] Hybrid) Leaves(SignedStatement signed)
    {
        Statement.TryParse(signed.Payload, out var statement);
        return (
            LogEntries.HashedRekord(
                statement!.PaeDigest,
                signed.P256.Signature.Span,
                Trust.StatementKeys[0].PublicKey.Span
            ),
            LogEntries.LaceHybrid(statement.PaeDigest, signed.Hybrid.KeyId, signed.Hybrid.Signature.Span)
        );
    }

    private void Append(SignedStatement signed)
    {
        var (p256, other) = Leaves(signed);
        entries.Add(p256);
        entries.Add(other);
    }

    private long IndexOf(SignedStatement signed, long? instead) =>
        instead ?? entries.FindIndex(entry => entry.AsSpan().SequenceEqual(Leaves(signed).P256));

    private MerkleHash[] Hashes(int count) => [.. entries.Take(count).Select(entry => MerkleTree.HashLeaf(entry))];

    private MerkleHash Head(int count) => MerkleTree.Head(Hashes(count));

    private LoggedStatement Logged(SignedStatement signed)
    {
        var (p256, other) = Leaves(signed);
        return new(signed, Leaf(p256), Leaf(other));

        LoggedLeaf Leaf(byte[] body)
        {
            var index = entries.FindIndex(entry => entry.AsSpan().SequenceEqual(body));
            return new(index, MerkleTree.InclusionProof(Hashes(entries.Count), index));
        }
    }

    // Size 3 of 6: the left half of the left half and its neighbour, worked out by RFC 6962 section 2.1.2.
    private MerkleHash[] Consistency(long size)
    {
        Assert.Equal((3, 6), (size, entries.Count));
        var leaves = Hashes(entries.Count);
        return
        [
            leaves[2],
            leaves[3],
            MerkleTree.HashNode(leaves[0], leaves[1]),
            MerkleTree.HashNode(leaves[4], leaves[5]),
        ];
    }
}
