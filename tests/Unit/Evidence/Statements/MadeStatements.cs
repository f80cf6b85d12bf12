using System.Security.Cryptography;
using System.Text;
using Lace.Evidence.Certificates;
using Lace.Evidence.Datasets;
using Lace.Evidence.Fingerprints;
using Lace.Evidence.LossLog;
using Lace.Evidence.NearDuplicates;
using Lace.Evidence.Statements;
using Lace.Evidence.Transparency;
using Lace.Evidence.Verification;

namespace Lace.Tests.Evidence.Statements;

/// <summary>One statement of each kind, with every optional member and without.</summary>
internal static class MadeStatements
{
    public const string RunId = "run-20261120-134601-ab12cd";
    public const string AttestationId = "lace-20261120-134501-x7k2p9";

    public static readonly DateTimeOffset Time = DateTimeOffset.Parse("2026-11-20T13:45:30.125Z");

    public static readonly MerkleHash Root = Hash("root");
    public static readonly MerkleHash Head = Hash("head");

    public static readonly DatasetPredicate Dataset = new(
        AttestationId,
        new CommittedDataset(
            DatasetFormat.JsonLines,
            new DatasetPart(DatasetPartKind.Field, "text", 512),
            Sources: 3,
            Records: 40_000,
            Chunks: 3,
            ChunkRecords: 16_384,
            Root,
            new DatasetStatistics(
                9_000_000,
                8_000_000,
                0,
                1,
                900,
                3,
                0,
                0,
                4.125,
                new Dictionary<string, double> { ["latin"] = 0.99 }
            ),
            [8_000_000, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]
        ),
        Time,
        Time.AddSeconds(30),
        "my-data",
        new Dictionary<string, string> { ["owner"] = "Zoë" },
        new TrainingPlan(1, 8),
        SignedPrediction.Of(
            new PlanPrediction(
                5000,
                new Spread(1800, 200.5),
                [new Spread(1, 0.1), new Spread(0.8, 0.1), new Spread(0.7, 0.1)],
                4750,
                true,
                [1.5, 1.25]
            )
        )
    );

    public static readonly DatasetPredicate DatasetWithFilter = Dataset with
    {
        Fingerprints = new CommittedFilter(
            FingerprintScheme.Name,
            FingerprintTier.Keyed,
            FilterAccess.Owner,
            "000102030405060708090a0b0c0d0e0f",
            FingerprintScheme.Gram,
            FingerprintScheme.Window,
            BlockedBloomFilter.Hashes,
            Blocks: 6_250,
            Keys: 240_000,
            Distinct: 200_000,
            Popcount: 1_259_000,
            FalsePositiveRate: 0.00088,
            ShortRecords: 12,
            Hash("filter"),
            KeySha256: Hash("key"),
            NearDuplicates: new CommittedBands(
                MinHashScheme.Name,
                MinHashScheme.Bands,
                MinHashScheme.Rows,
                MinHashScheme.Shingle,
                BlockedBloomFilter.Hashes,
                Blocks: 40_000,
                Keys: 1_280_000,
                Distinct: 1_280_000,
                Popcount: 8_060_000,
                FalsePositiveRate: 0.00088,
                ShortRecords: 120,
                Hash("bands")
            )
        ),
    };

    public static readonly RunStartPredicate RunStart = new(
        RunId,
        AttestationId,
        Root,
        40_000,
        BatchOrder.Nonce,
        Offline: false,
        Hash("nonce").ToString(),
        Time.AddMinutes(1),
        new LoggedAttestation(4, $"log.localhost/1a2b3c4d\n6\n{Convert.ToBase64String(Head.ToArray())}\n"),
        new Dictionary<string, string> { ["lace"] = "0.1.0" }
    );

    public static readonly RunEndPredicate RunEnd = new(
        RunId,
        AttestationId,
        Root,
        Segments: 9,
        Points: 480,
        Head,
        Finished: true,
        [
            [3, 5],
        ],
        new Dictionary<string, long> { ["conflict"] = 1 },
        [new SegmentHead(0, Hash("first"), Time.AddMinutes(2)), new SegmentHead(8, Head, Time.AddMinutes(3))],
        Time.AddMinutes(4),
        Time.AddMinutes(2),
        Time.AddMinutes(3)
    );

    public static readonly VerificationPredicate Verification = new(
        new VerifierIdentity("https://withlace.ai/verifier", "0.1.0"),
        Time.AddMinutes(5),
        new VerifiedResource(RunId, AttestationId, Root, Head),
        SignedResult.Of(Result(steps: 2))
    );

    public static readonly ReportPredicate Report = new(
        "report-20261120-140000-x7k2p9",
        RunId,
        AttestationId,
        "html",
        "CONSISTENT",
        Hash("report"),
        Time.AddMinutes(6)
    );

    public static readonly AuditHeadPredicate AuditHead = new(Hash("chain"), 17, Hash("audit"), Time.AddMinutes(7));

    public static readonly PrivacyCertificatePredicate Certificate = new(
        new CertifiedArtifact("art-20261120-150000-x7k2p9", Hash("artifact"), 1_234_567, 1108, Hash("weights")),
        new CertifiedTraining(
            "tc-20261120-140100-x7k2p9",
            Hash("chain"),
            CertificateTerms.Lora,
            new CertifiedModel("lace/tiny-llama", Hash("model")),
            AttestationId,
            Root,
            RunId
        ),
        new CertifiedMechanism(
            CertificateTerms.SampledGaussian,
            [new CertifiedPhase(1, 0.01, 1000), new CertifiedPhase(1.5, 0.01, 108)],
            ClippingKind.Automatic,
            1,
            400,
            40_000,
            CertificateTerms.Record,
            CertificateTerms.AddOrRemoveOne,
            CertificateTerms.Poisson,
            SamplingBasis.EnforcedByWorker,
            0,
            CertificateTerms.ChaCha20
        ),
        new CertifiedGuarantee(1e-5, 1108, new EpsilonBounds(2.125, 1.875), new CertifiedTarget(8, "rdp")),
        new CertifiedAudit(17, Hash("audit")),
        new CertifyingWorker("lace-worker", "0.1.0"),
        NotCoveredPoint.For(SamplingBasis.EnforcedByWorker),
        Time.AddMinutes(8)
    );

    /// <summary>All seven, then those whose optional members are absent; the names are those of the schema files.</summary>
    public static IEnumerable<(string Schema, Statement Statement)> All() =>
        [
            ("dataset", Of(PredicateTypes.Dataset, DatasetWithFilter)),
            ("run-start", Of(PredicateTypes.RunStart, RunStart)),
            ("run-end", Of(PredicateTypes.RunEnd, RunEnd)),
            ("verification", Of(PredicateTypes.Verification, Verification)),
            ("report", Of(PredicateTypes.Report, Report)),
            ("audit-head", Of(PredicateTypes.AuditHead, AuditHead)),
            ("dp-certificate", CertificateStatement.Create(Certificate)),
            (
                "dp-certificate",
                CertificateStatement.Create(
                    Certificate with
                    {
                        Artifact = Certificate.Artifact with { WeightsSha256 = null },
                        Training = Certificate.Training with { AttestationId = null, DatasetRoot = null, RunId = null },
                        Mechanism = Certificate.Mechanism with
                        {
                            Sampling = SamplingBasis.DeclaredByCaller,
                            DeclaredSteps = 3,
                        },
                        Guarantee = Certificate.Guarantee with { Target = null },
                        NotCovered = NotCoveredPoint.For(SamplingBasis.DeclaredByCaller),
                    }
                )
            ),
            (
                "dataset",
                Of(
                    PredicateTypes.Dataset,
                    Dataset with
                    {
                        Name = null,
                        Metadata = null,
                        Plan = null,
                        Prediction = null,
                        Dataset = Dataset.Dataset with { Part = DatasetPart.Whole },
                    }
                )
            ),
            ("dataset", Of(PredicateTypes.Dataset, Dataset)),
            ("dataset", Of(PredicateTypes.Dataset, Dataset with { Metadata = Pairs(50, 400) })),
            ("run-start", Of(PredicateTypes.RunStart, RunStart with { Client = Pairs(20, 200) })),
            ("run-start", Of(PredicateTypes.RunStart, RunStart with { Client = null })),
            (
                "run-end",
                Of(
                    PredicateTypes.RunEnd,
                    RunEnd with
                    {
                        Segments = 0,
                        Points = 0,
                        Heads = [],
                        Gaps = [],
                        Refused = new Dictionary<string, long>(),
                        ClosedAt = null,
                        FirstReceivedAt = null,
                        LastReceivedAt = null,
                        Finished = false,
                    }
                )
            ),
            ("run-end", Of(PredicateTypes.RunEnd, RunEnd with { Gaps = Gaps(101) })),
            (
                "verification",
                Of(
                    PredicateTypes.Verification,
                    Verification with
                    {
                        Result = SignedResult.Of(
                            Result(steps: 101) with
                            {
                                Statistic = null,
                                Correlation = null,
                                Run = Result(steps: 0).Run with { Gaps = Gaps(101) },
                                OtherRuns = [.. Enumerable.Repeat("run-20261120-134601-other1", 101)],
                            }
                        ),
                    }
                )
            ),
        ];

    public static Statement Of<T>(PredicateType<T> type, T predicate)
        where T : class => Statement.Create(RunId, Head, type, predicate);

    public static MerkleHash Hash(string text) => new(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    public static Dictionary<string, string> Pairs(int count, int length) =>
        Enumerable.Range(0, count).ToDictionary(i => $"key{i}", _ => new string('語', length));

    public static long[][] Gaps(int count) => [.. Enumerable.Range(0, count).Select(i => new long[] { 2 * i, 2 * i })];

    public static VerificationResult Result(int steps) =>
        new(
            RunId,
            AttestationId,
            "CONSISTENT",
            "The losses follow the declared batches.",
            3,
            "consistent",
            [new Check("chain_unbroken", CheckStatus.Passed, "9 segments.")],
            new StatisticResult(
                "batch-difficulty correlation",
                "rotations",
                0.86,
                1e-30,
                0.002,
                0.8,
                0.9,
                480,
                456,
                400.5,
                20.1,
                0,
                0.07,
                "strong",
                null,
                "HIGH_CONFIDENCE",
                null
            ),
            new CorrelationResult(0.86, "HIGH_CONFIDENCE"),
            new UndeclaredResult(0.25, [.. Enumerable.Range(0, steps).Select(i => new StepSpan(i, i + 1))]),
            new RunResult("nonce", 480, 9, [], new Dictionary<string, long> { ["conflict"] = 0 }, 0, 0, null, true),
            ["run-20261120-134601-other1"],
            ["Something."],
            ["Something else."],
            new PlotResult([1], [1.5], [1.5], [false]),
            Time,
            "lace-trajectory/1"
        );
}
