using System.Security.Cryptography;
using Lace.Evidence.Bundles;
using Lace.Evidence.Datasets;
using Lace.Evidence.Fingerprints;
using Lace.Evidence.LossLog;
using Lace.Evidence.NearDuplicates;
using Lace.Evidence.Statements;
using Lace.Evidence.Transparency;
using Lace.Evidence.Transparency.Notes;
using Lace.Evidence.Verification;

namespace Lace.Tests.Evidence.Bundles;

/// <summary>
/// The longest of everything that can stand in a bundle: each member at the limit of protocol §4 and §5, each list and each free
/// text at that of a statement, a log of 2^32 entries with proofs of 33 hashes that share none. Signatures have the right
/// lengths and are signatures of nothing.
/// </summary>
internal static class LargestBundle
{
    public const int NameBytes = 128;

    private const long Entries = 1L << 32;
    private const int ProofHashes = 33;
    private const long Largest = (1L << 53) - 1;
    private const double Long = -1.2345678901234567e-300;
    private const string RunId = "run-20261120-134601-ab12cd";
    private const string AttestationId = "lace-20261120-134501-x7k2p9";

    // Names are counted in UTF-16: a character of one unit takes up to three bytes, one of two units four.
    private const char Wide = '漢';

    private static readonly DateTimeOffset Time = DateTimeOffset.Parse("2026-11-20T13:45:30.1234567Z");
    private static readonly string Origin = new('o', NameBytes);

    public static EvidenceBundle Make(
        int reports = 0,
        int ed25519Witnesses = 2,
        int mlDsaWitnesses = 2,
        bool filter = false
    ) =>
        new(
            RunId,
            AttestationId,
            [
                Logged(RunId, PredicateTypes.Dataset, Dataset(filter)),
                Logged(RunId, PredicateTypes.RunStart, RunStart()),
                Logged(RunId, PredicateTypes.RunEnd, RunEnd()),
                Logged(RunId, PredicateTypes.Verification, Verification()),
                .. Enumerable.Range(0, reports).Select(i => Logged(ReportId(i), PredicateTypes.Report, Report(i))),
            ],
            Note(ed25519Witnesses, mlDsaWitnesses),
            Hashes(),
            new(Hash(), Largest)
        );

    public static string ReportId(int number) => $"report-20261120-14000{number}-x7k2p9";

    private static DatasetPredicate Dataset(bool filter) =>
        new(
            AttestationId,
            new CommittedDataset(
                DatasetFormat.JsonLines,
                new DatasetPart(DatasetPartKind.Response, new string(Wide, 200), Largest),
                int.MaxValue,
                Largest,
                1 << 20,
                DatasetChunk.Records,
                Hash(),
                new DatasetStatistics(
                    Largest,
                    Largest,
                    Largest,
                    Largest,
                    Largest,
                    Largest,
                    Largest,
                    Largest,
                    1.2345678901234567e-300,
                    Enumerable.Range(0, 200).ToDictionary(i => $"{i:D4}", i => 1.2345678901234567e-300)
                ),
                [.. Enumerable.Repeat(Largest, RecordFeatures.Count)]
            ),
            Time,
            Time,
            new string(Wide, 200),
            Free("a", filter ? StatementLimits.FreeBytesBesideFilter : StatementLimits.FreeBytes),
            new TrainingPlan(TrainingPlan.Limit, TrainingPlan.Limit, PlanOrder.Sequential),
            SignedPrediction.Of(
                new PlanPrediction(
                    Largest,
                    new Spread(Long, Long),
                    [.. Enumerable.Repeat(new Spread(Long, Long), 3)],
                    Largest,
                    false,
                    [.. Enumerable.Repeat(Long, PlanPrediction.FirstStepsLimit)]
                )
            ),
            Fingerprints: filter
                ? new CommittedFilter(
                    FingerprintScheme.Name,
                    FingerprintTier.Keyed,
                    FilterAccess.Callers,
                    new string('f', 32),
                    FingerprintScheme.Gram,
                    FingerprintScheme.Window,
                    BlockedBloomFilter.Hashes,
                    BlockedBloomFilter.MaxBlocks,
                    Largest,
                    32 * BlockedBloomFilter.MaxBlocks,
                    Largest,
                    1.2345678901234567e-300,
                    Largest,
                    Hash(),
                    null,
                    Hash(),
                    new CommittedBands(
                        MinHashScheme.Name,
                        MinHashScheme.Bands,
                        MinHashScheme.Rows,
                        MinHashScheme.Shingle,
                        BlockedBloomFilter.Hashes,
                        BlockedBloomFilter.MaxBlocks,
                        Largest,
                        32 * BlockedBloomFilter.MaxBlocks,
                        Largest,
                        1.2345678901234567e-300,
                        Largest,
                        Hash()
                    )
                )
                : null
        );

    private static RunStartPredicate RunStart() =>
        new(
            RunId,
            AttestationId,
            Hash(),
            Largest,
            BatchOrder.Streamed,
            false,
            Hash().ToString(),
            Time,
            new LoggedAttestation(Entries, new Checkpoint(Origin, Entries, Hash()).Text),
            Free("lace")
        );

    private static RunEndPredicate RunEnd() =>
        new(
            RunId,
            AttestationId,
            Hash(),
            LossSegment.MaxSeq,
            Largest,
            Hash(),
            false,
            Gaps(),
            Refused(),
            [
                .. Enumerable
                    .Range(0, StatementLimits.Listed)
                    .Select(_ => new SegmentHead(LossSegment.MaxSeq, Hash(), Time)),
            ],
            Time,
            Time,
            Time
        );

    // The sentences are those of a real verification, longer by the digits of larger figures; where one lists stretches or repeats
    // the tenant or the log, it is as long as may be.
    private static VerificationPredicate Verification()
    {
        var real = MadeBundle.Verified;
        return new VerificationPredicate(
            new("https://withlace.ai/verifier", "100.100.100+" + new string('f', 40)),
            Time,
            new(RunId, AttestationId, Hash(), Hash()),
            SignedResult.Of(
                real with
                {
                    Id = RunId,
                    AttestationId = AttestationId,
                    Verdict = "PARTLY_CONSISTENT",
                    Reason = new string('r', StatementLimits.SentenceBytes),
                    Checks = [.. real.Checks.Select(check => check with { Detail = Detail(check) })],
                    Undeclared = new(Long, [.. Enumerable.Repeat(new StepSpan(Largest, Largest), 1000)]),
                    Run = new(
                        "streamed",
                        Largest,
                        LossSegment.MaxSeq,
                        Gaps(),
                        Refused(),
                        int.MaxValue,
                        int.MaxValue,
                        Time,
                        false
                    ),
                    OtherRuns = [.. Enumerable.Repeat(RunId, RunVerification.MaxOtherRuns)],
                    Shows = [.. real.Shows.Select(sentence => sentence + new string('9', 32))],
                    DoesNotShow =
                    [
                        .. real.DoesNotShow,
                        "What at least 100 other runs of the same attestation show; they are listed.",
                    ],
                    ComputedAt = Time,
                    Statistic = real.Statistic! with
                    {
                        Score = Long,
                        PTail = Long,
                        PShift = Long,
                        CiLow = Long,
                        CiHigh = Long,
                        Points = int.MaxValue,
                        N = int.MaxValue,
                        NEff = Long,
                        Log10LikelihoodRatio = Long,
                        NullMean = Long,
                        NullSd = Long,
                        GradeCap = "moderate",
                    },
                    Correlation = new(Long, "INSUFFICIENT_DATA"),
                }
            )
        );
    }

    private static string Detail(Check check) =>
        check.Name switch
        {
            CheckNames.Hardware or CheckNames.Replay => check.Detail,
            CheckNames.NotRevoked
            or CheckNames.ChainUnbroken
            or CheckNames.UndeclaredSteps
            or CheckNames.TransparencyLog => new string('\u0001', 2000),
            _ => new string('d', Math.Max(200, check.Detail.Length + 32)),
        };

    private static ReportPredicate Report(int number) =>
        new(ReportId(number), RunId, AttestationId, "html", "PARTLY_CONSISTENT", Hash(), Time);

    /// <summary>As large an object as a statement holds itself.</summary>
    private static Dictionary<string, string> Free(string name, int bytes = StatementLimits.FreeBytes) =>
        new() { [name] = new string('"', (bytes - name.Length - 7) / 2) };

    private static long[][] Gaps() =>
        [.. Enumerable.Repeat<long[]>([LossSegment.MaxSeq, LossSegment.MaxSeq], LossChain.MaxAhead)];

    private static Dictionary<string, long> Refused() =>
        ((string[])["conflict", "bad_mac", "bad_prev", "malformed", "too_far", "finished"]).ToDictionary(
            reason => reason,
            _ => 16L
        );

    private static BundledStatement Logged<T>(string subject, PredicateType<T> type, T predicate)
        where T : class =>
        new(
            new(
                Statement.Create(subject, Hash(), type, predicate).Payload,
                new(StatementKeyId.Of(Random(91)), Random(72)),
                new(StatementKeyId.Of(Random(1984)), Random(3373))
            ),
            new(Entries, Hashes()),
            new(Entries, Hashes())
        );

    private static string Note(int ed25519Witnesses, int mlDsaWitnesses) =>
        new SignedNote(
            new Checkpoint(Origin, Entries, Hash()).Text,
            [
                new(Origin, uint.MaxValue, Random(64)),
                new(Origin, uint.MaxValue, Random(8 + 2420)),
                .. Enumerable.Range(0, ed25519Witnesses).Select(_ => new NoteSignature(Origin, 0, Random(8 + 64))),
                .. Enumerable.Range(0, mlDsaWitnesses).Select(_ => new NoteSignature(Origin, 0, Random(8 + 2420))),
            ]
        ).ToString();

    private static MerkleHash[] Hashes() => [.. Enumerable.Range(0, ProofHashes).Select(_ => Hash())];

    private static MerkleHash Hash() => new(Random(MerkleHash.Size));

    private static byte[] Random(int bytes) => RandomNumberGenerator.GetBytes(bytes);
}
