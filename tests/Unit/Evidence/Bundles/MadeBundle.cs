using System.Security.Cryptography;
using System.Text;
using Lace.Cryptography;
using Lace.Evidence.Bundles;
using Lace.Evidence.Certificates;
using Lace.Evidence.Datasets;
using Lace.Evidence.LossLog;
using Lace.Evidence.Statements;
using Lace.Evidence.Transparency;
using Lace.Evidence.Transparency.Notes;
using Lace.Evidence.Verification;
using Lace.Tests.Evidence.Verification;

namespace Lace.Tests.Evidence.Bundles;

/// <summary>
/// A bundle with keys, log and run of its own: what a server makes, with the private keys in the test's hands, so that it can also
/// make what an honest server never does.
/// </summary>
internal sealed class MadeBundle
{
    public static readonly DateTimeOffset Epoch = TrainedRun.Completed.AddDays(-1);

    private readonly List<byte[]> leaves = [];
    private readonly ECDsa p256 = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly SigningKey hybrid = SignatureAlgorithm.MlDsa65Ed25519.GenerateKey();
    private readonly SigningKey logKey = SignatureAlgorithm.Ed25519.GenerateKey();
    private readonly SigningKey logKeyPq = SignatureAlgorithm.MlDsa44.GenerateKey();
    private readonly SigningKey witnessKey = SignatureAlgorithm.Ed25519.GenerateKey();
    private int filler;

    public const string Origin = "log.localhost/1a2b3c4d";

    /// <summary>The run of all bundles made in tests; it takes a moment to make and is never changed.</summary>
    public static TrainedRun Run { get; } = new();

    public static IReadOnlyList<(byte[] Body, DateTimeOffset ReceivedAt)> Bodies { get; } = Run.Bodies();

    public static VerificationResult Verified { get; } =
        RunVerification.Evaluate(
            RunLog(RunLogBytes()).File!.ToInput() with
            {
                TransparencyLog = Run.Log,
            },
            TrainedRun.Created.AddHours(1)
        );

    public DatasetPredicate Dataset { get; set; } =
        new(
            TrainedRun.AttestationId,
            new CommittedDataset(
                DatasetFormat.JsonLines,
                DatasetPart.Whole,
                1,
                TrainedRun.Records,
                1,
                DatasetChunk.Records,
                TrainedRun.Root,
                new DatasetStatistics(1, 1, 0, 1, 1, 1, 0, 0, 4.5, new Dictionary<string, double> { ["latin"] = 1 }),
                [.. Enumerable.Range(0, RecordFeatures.Count).Select(i => (long)i)]
            ),
            TrainedRun.Completed.AddMinutes(-1),
            TrainedRun.Completed,
            "data"
        );

    public Func<LoggedAttestation, RunStartPredicate> Start { get; set; } =
        logged =>
            new(
                TrainedRun.Id,
                TrainedRun.AttestationId,
                TrainedRun.Root,
                TrainedRun.Records,
                BatchOrder.Epoch,
                false,
                TrainedRun.Nonce.ToString(),
                TrainedRun.Created,
                logged
            );

    public RunEndPredicate End { get; set; } = RunEnd();

    public SignedResult Result { get; set; } = SignedResult.Of(Verified);

    /// <summary>Changes the subject that a predicate implies; by kind.</summary>
    public Dictionary<string, MerkleHash> Subjects { get; } = [];

    public int Reports { get; set; } = 1;

    /// <summary>Entries of others before each statement.</summary>
    public int Others { get; set; } = 3;

    /// <summary>Lines of the checkpoint beside the log's two.</summary>
    public bool Witnessed { get; set; }

    public VerifierKey WitnessKey =>
        VerifierKey.Create("witness.example", NoteSignatureType.Ed25519Cosignature, Public(witnessKey))!;

    public LacePolicy Policy =>
        new(
            [
                StatementKey.TryImport(StatementAlgorithm.P256, p256.ExportSubjectPublicKeyInfo(), Epoch)!,
                StatementKey.TryImport(StatementAlgorithm.Hybrid, Public(hybrid), Epoch)!,
            ],
            [StatementAlgorithm.P256, StatementAlgorithm.Hybrid],
            new(Origin, [LogVerifier, LogVerifierPq]),
            TrustedWitnesses.None
        );

    private VerifierKey LogVerifier => VerifierKey.Create(Origin, NoteSignatureType.Ed25519, Public(logKey))!;

    private VerifierKey LogVerifierPq =>
        VerifierKey.Create(Origin, NoteSignatureType.MlDsa44Cosignature, Public(logKeyPq))!;

    public static byte[] RunLogBytes(TrainedRun? run = null, params string[] otherRuns)
    {
        run ??= Run;
        var bodies = run == Run ? Bodies : run.Bodies();
        return
        [
            .. RunLogLines.Header(run.Attestation, run.Facts, otherRuns),
            .. bodies.SelectMany(sent => RunLogLines.Segment(sent.Body, sent.ReceivedAt)),
            .. RunLogLines.Chunk(0, TrainedRun.Chunk.Bytes),
            .. RunLogLines.End(bodies.Count, 1),
        ];
    }

    public static OfferedRunLog RunLog(byte[] bytes) => OfferedRunLog.Read(new MemoryStream(bytes));

    public EvidenceBundle Make()
    {
        leaves.Clear();
        var log = RunLogBytes();
        var signed = new List<(SignedStatement Statement, int P256, int Hybrid)>
        {
            Log(Create("dataset", Dataset.Dataset.Root, PredicateTypes.Dataset, Dataset)),
        };
        OtherEntries();
        var earlier = Head();
        var start = Start(new LoggedAttestation(signed[0].P256, earlier.Text));
        signed.Add(
            Log(Create("run-start", LossSegment.Origin(start.RunId, start.Root), PredicateTypes.RunStart, start))
        );
        signed.Add(Log(Create("run-end", End.Head, PredicateTypes.RunEnd, End)));
        var verification = new VerificationPredicate(
            new("https://withlace.ai/verifier", "0.1.0"),
            Verified.ComputedAt,
            new(TrainedRun.Id, TrainedRun.AttestationId, TrainedRun.Root, End.Head),
            Result
        );
        signed.Add(Log(Create("verification", End.Head, PredicateTypes.Verification, verification)));
        for (var i = 0; i < Reports; i++)
        {
            signed.Add(Log(Report(i)));
        }

        OtherEntries();
        return new EvidenceBundle(
            TrainedRun.Id,
            TrainedRun.AttestationId,
            [.. signed.Select(one => new BundledStatement(one.Statement, Proof(one.P256), Proof(one.Hybrid)))],
            Sign(Head()),
            Consistency(earlier.Size, Hashes()),
            new(new MerkleHash(SHA256.HashData(log)), log.Length)
        );
    }

    /// <summary>A certificate file about whatever a statement says, in this bundle's log.</summary>
    public CertificateFile Certificate(Statement statement)
    {
        var (signed, p256Index, hybridIndex) = Log(Sign(statement));
        OtherEntries();
        return new CertificateFile(new(signed, Proof(p256Index), Proof(hybridIndex)), Sign(Head()));
    }

    /// <summary>The statement with both signatures of this bundle's keys.</summary>
    public SignedStatement Sign(Statement statement) =>
        new(
            statement.Payload,
            new(
                StatementKeyId.Of(p256.ExportSubjectPublicKeyInfo()),
                p256.SignData(statement.Pae.Span, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence)
            ),
            new(StatementKeyId.Of(Public(hybrid)), SignatureAlgorithm.MlDsa65Ed25519.Sign(hybrid, statement.Pae.Span))
        );

    /// <summary>The note of a checkpoint with the log's two lines, and a witness's where asked for.</summary>
    public string Sign(Checkpoint checkpoint)
    {
        const long At = 1_800_000_000;
        var (text, lines) = (checkpoint.Text, new List<NoteSignature>());
        lines.Add(
            NoteSigning.Line(
                LogVerifier,
                SignatureAlgorithm.Ed25519.Sign(logKey, NoteSigning.Message(LogVerifier, text))
            )
        );
        lines.Add(
            NoteSigning.Line(
                LogVerifierPq,
                SignatureAlgorithm.MlDsa44.Sign(logKeyPq, NoteSigning.Message(LogVerifierPq, text, At)),
                At
            )
        );
        if (Witnessed)
        {
            var message = NoteSigning.Message(WitnessKey, text, At);
            lines.Add(NoteSigning.Line(WitnessKey, SignatureAlgorithm.Ed25519.Sign(witnessKey, message), At));
        }

        return new SignedNote(text, lines).ToString();
    }

    private SignedStatement Report(int i)
    {
        var digest = new MerkleHash(SHA256.HashData([(byte)i]));
        return Create(
            "report",
            digest,
            PredicateTypes.Report,
            new ReportPredicate(
                $"report-{i}",
                TrainedRun.Id,
                TrainedRun.AttestationId,
                "html",
                Result.Verdict,
                digest,
                Verified.ComputedAt
            )
        );
    }

    private SignedStatement Create<T>(string kind, MerkleHash subject, PredicateType<T> type, T predicate)
        where T : class => Sign(Statement.Create(kind, Subjects.GetValueOrDefault(kind, subject), type, predicate));

    private (SignedStatement, int, int) Log(SignedStatement signed)
    {
        OtherEntries();
        Assert.Equal(StatementError.None, Statement.TryParse(signed.Payload, out var statement));
        leaves.Add(
            LogEntries.HashedRekord(statement!.PaeDigest, signed.P256.Signature.Span, p256.ExportSubjectPublicKeyInfo())
        );
        leaves.Add(LogEntries.LaceHybrid(statement.PaeDigest, signed.Hybrid.KeyId, signed.Hybrid.Signature.Span));
        return (signed, leaves.Count - 2, leaves.Count - 1);
    }

    private void OtherEntries()
    {
        for (var i = 0; i < Others; i++)
        {
            leaves.Add(Encoding.ASCII.GetBytes($"other {filler++}"));
        }
    }

    private MerkleHash[] Hashes() => [.. leaves.Select(leaf => MerkleTree.HashLeaf(leaf))];

    /// <summary>What the log was so many entries ago.</summary>
    public Checkpoint Head(int ago = 0) =>
        new(Origin, leaves.Count - ago, MerkleTree.Head(Hashes().AsSpan(0, leaves.Count - ago)));

    private LogProof Proof(int index) => new(index, MerkleTree.InclusionProof(Hashes(), index));

    // RFC 6962 section 2.1.2.
    private static MerkleHash[] Consistency(long first, ReadOnlySpan<MerkleHash> hashes) =>
        SubProof((int)first, hashes, true);

    private static MerkleHash[] SubProof(int m, ReadOnlySpan<MerkleHash> hashes, bool whole)
    {
        if (m == hashes.Length)
        {
            return whole ? [] : [MerkleTree.Head(hashes)];
        }

        var split = 1 << System.Numerics.BitOperations.Log2((uint)hashes.Length - 1);
        return m <= split
            ? [.. SubProof(m, hashes[..split], whole), MerkleTree.Head(hashes[split..])]
            : [.. SubProof(m - split, hashes[split..], false), MerkleTree.Head(hashes[..split])];
    }

    private static RunEndPredicate RunEnd()
    {
        var digests = Bodies.Select(sent => new MerkleHash(SHA256.HashData(sent.Body))).ToArray();
        var last = Bodies.Count - 1;
        int[] sample = [.. Enumerable.Range(0, 16).Select(i => i * last / 15).Distinct()];
        return new RunEndPredicate(
            TrainedRun.Id,
            TrainedRun.AttestationId,
            TrainedRun.Root,
            Bodies.Count,
            Run.Points.Count,
            digests[last],
            true,
            [],
            new Dictionary<string, long>(),
            [.. sample.Select(i => new SegmentHead(i, digests[i], Bodies[i].ReceivedAt))],
            Bodies[last].ReceivedAt,
            Bodies[0].ReceivedAt,
            Bodies[last].ReceivedAt
        );
    }

    private static byte[] Public(SigningKey key) => key.PublicKey.Encoded.ToArray();
}
