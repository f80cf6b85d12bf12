using Lace.Evidence.Bundles;
using Lace.Evidence.Statements;
using Lace.Evidence.Transparency;
using Lace.Evidence.Transparency.Notes;
using Lace.Evidence.Verification;
using Lace.Tests.Evidence.Verification;

namespace Lace.Tests.Evidence.Bundles;

/// <summary>What a verifier finds where somebody with the real keys lies, and where parts are missing.</summary>
public sealed class BundleVerificationTests
{
    private static readonly MerkleHash Other = new(new byte[32]);
    private readonly MadeBundle made = new();

    [Fact]
    public void Everything_given_and_right_passes_and_level_3_is_recomputed()
    {
        made.Witnessed = true;
        var policy = made.Policy with { Witnesses = new(1, [made.WitnessKey]) };
        var found = BundleVerification.Verify(
            made.Make().Write(),
            new(policy, MadeBundle.RunLog(MadeBundle.RunLogBytes()), TrainedRun.Root)
        );
        Assert.All(found.Checks, check => Assert.True(check.Passed, $"{check.Name}: {check.Detail}"));
        Assert.Equal((BundleOutcome.Passed, "CONSISTENT", 3), (found.Outcome, found.Verdict, found.Level));
        Assert.All(found.Rungs, rung => Assert.Equal(RungBasis.Recomputed, rung.Basis));
        Assert.Equal(4, found.Rungs.Count);
        Assert.Equal(BundleChecks.Expanded(5), found.Checks.Select(check => check.Name));
    }

    [Fact]
    public void Without_run_log_and_dataset_the_levels_are_those_that_the_verifier_stated()
    {
        var found = BundleVerification.Verify(made.Make(), new(made.Policy));
        Assert.Equal((BundleOutcome.Passed, 3), (found.Outcome, found.Level));
        Assert.Equal(
            [RungBasis.Recomputed, RungBasis.Stated, RungBasis.Stated, RungBasis.Stated],
            found.Rungs.Select(rung => rung.Basis)
        );
        Assert.Equal(
            [
                "log.witnesses",
                "run_log.digest",
                "run_log.chain",
                "run_log.facts",
                "run_log.commitment",
                "recompute.verification",
                "dataset.root",
            ],
            found.Checks.Where(check => check.Status == CheckStatus.NotChecked).Select(check => check.Name)
        );
    }

    [Fact]
    public void Without_a_policy_no_signature_is_checked_and_nothing_is_believed()
    {
        var found = BundleVerification.Verify(made.Make(), new());
        Assert.Equal((BundleOutcome.NotChecked, null, null), (found.Outcome, found.Verdict, found.Level));
        Assert.All(
            found.Checks.Where(check =>
                check.Name.EndsWith(".p256", StringComparison.Ordinal) || check.Name == "log.checkpoint"
            ),
            check => Assert.Equal(CheckStatus.NotChecked, check.Status)
        );
    }

    [Fact]
    public void The_keys_of_somebody_else_are_not_believed()
    {
        var found = BundleVerification.Verify(made.Make(), new(new MadeBundle().Policy));
        Assert.Equal(BundleOutcome.Failed, found.Outcome);
        AssertFailed(found, "statement.dataset.p256", "statement.report-1.hybrid", "log.checkpoint");
    }

    [Fact]
    public void A_key_that_was_not_yet_or_no_longer_valid_is_not_believed()
    {
        var policy = made.Policy;
        var bundle = made.Make();
        StatementKey At(int i, DateTimeOffset from, DateTimeOffset? until) =>
            StatementKey.TryImport(
                policy.StatementKeys[i].Algorithm,
                policy.StatementKeys[i].PublicKey.Span,
                from,
                until
            )!;
        AssertFailed(
            BundleVerification.Verify(
                bundle,
                new(policy with { StatementKeys = [At(0, TrainedRun.Created, null), policy.StatementKeys[1]] })
            ),
            "statement.dataset.p256"
        );
        AssertFailed(
            BundleVerification.Verify(
                bundle,
                new(
                    policy with
                    {
                        StatementKeys = [policy.StatementKeys[0], At(1, MadeBundle.Epoch, TrainedRun.Created)],
                    }
                )
            ),
            "statement.run-end.hybrid",
            "statement.verification.hybrid"
        );
    }

    [Fact]
    public void A_signature_that_the_policy_does_not_require_may_be_unknown_but_not_wrong()
    {
        var policy = made.Policy with
        {
            Require = [StatementAlgorithm.P256],
            StatementKeys = [made.Policy.StatementKeys[0]],
        };
        Assert.Equal(BundleOutcome.Passed, BundleVerification.Verify(made.Make(), new(policy)).Outcome);
        var both = made.Policy with { Require = [StatementAlgorithm.P256] };
        var bundle = made.Make();
        var swapped = bundle.Statements[0].Signed with { Hybrid = bundle.Statements[1].Signed.Hybrid };
        AssertFailed(
            BundleVerification.Verify(
                bundle with
                {
                    Statements = [bundle.Statements[0] with { Signed = swapped }, .. bundle.Statements.Skip(1)],
                },
                new(both)
            ),
            "statement.dataset.hybrid"
        );
    }

    [Fact]
    public void Witnesses_below_the_quorum_fail()
    {
        var policy = made.Policy with { Witnesses = new(1, [made.WitnessKey]) };
        AssertFailed(BundleVerification.Verify(made.Make(), new(policy)), "log.witnesses");
    }

    [Fact]
    public void The_checkpoint_of_another_log_or_without_its_post_quantum_line_fails()
    {
        var bundle = made.Make();
        Assert.True(SignedNote.TryParse(bundle.Checkpoint, out var note));
        var classic = new SignedNote(note.Text, [note.Signatures[0]]).ToString();
        AssertFailed(
            BundleVerification.Verify(bundle with { Checkpoint = classic }, new(made.Policy)),
            "log.checkpoint"
        );
        var other = new MadeBundle().Make().Checkpoint;
        AssertFailed(BundleVerification.Verify(bundle with { Checkpoint = other }, new(made.Policy)), "log.checkpoint");
    }

    [Fact]
    public void An_older_checkpoint_of_the_same_log_does_not_hold_the_entries()
    {
        var bundle = made.Make();
        var older = made.Sign(made.Head(made.Others));
        AssertFailed(
            BundleVerification.Verify(bundle with { Checkpoint = older }, new(made.Policy)),
            "statement.dataset.p256_logged",
            "statement.dataset.hybrid_logged"
        );
    }

    public static TheoryData<string, string> Lies =>
        new()
        {
            { "run-start of another run", "binding.ids" },
            { "run-start of another root", "binding.ids" },
            { "run-start of fewer records", "binding.ids" },
            { "run-start before the dataset", "binding.ids" },
            { "run-start with another order", "binding.ids" },
            { "run-end of another run", "binding.ids" },
            { "run-end of another attestation", "binding.ids" },
            { "run-end with another head", "binding.ids" },
            { "run-end with more points", "binding.ids" },
            { "run-end with gaps", "binding.ids" },
            { "run-end not finished", "binding.ids" },
            { "run-end without its first head", "binding.ids" },
            { "run-end without its last head", "binding.ids" },
            { "dataset of another attestation", "binding.ids" },
            { "dataset with another root", "binding.ids" },
            { "result of another run", "binding.ids" },
            { "subject of the dataset", "binding.subjects" },
            { "subject of run-start", "binding.subjects" },
            { "subject of run-end", "binding.subjects" },
            { "subject of the verification", "binding.subjects" },
            { "subject of a report", "binding.subjects" },
            { "level too high", "verification.signed" },
            { "level too low", "verification.signed" },
            { "name of another level", "verification.signed" },
            { "a verdict that is none", "verification.signed" },
            { "consistent without statistic", "verification.signed" },
            { "consistent with a low score", "verification.signed" },
            { "consistent with flagged steps", "verification.signed" },
            { "two scores", "verification.signed" },
            { "a check twice", "verification.signed" },
            { "another index of the dataset", "log.order" },
            { "a checkpoint that is none", "log.order" },
            { "a checkpoint of another log", "log.order" },
            { "a checkpoint of another history", "log.order" },
            { "a checkpoint before the dataset", "log.order" },
        };

    [Theory]
    [MemberData(nameof(Lies))]
    public void A_lie_signed_with_the_real_keys_contradicts_the_rest(string lie, string check)
    {
        Tell(lie);
        var found = BundleVerification.Verify(made.Make(), new(made.Policy));
        AssertFailed(found, check);
        Assert.Null(found.Verdict);
        Assert.DoesNotContain(
            found.Checks,
            one => one.Status == CheckStatus.Failed && one.Name.StartsWith("statement.", StringComparison.Ordinal)
        );
    }

    [Fact]
    public void Statements_in_another_order_in_the_log_fail()
    {
        var bundle = made.Make();
        var (start, end) = (bundle.Statements[1], bundle.Statements[2]);
        var swapped = bundle with
        {
            Statements =
            [
                bundle.Statements[0],
                start with
                {
                    P256 = end.P256,
                    Hybrid = end.Hybrid,
                },
                end with
                {
                    P256 = start.P256,
                    Hybrid = start.Hybrid,
                },
                .. bundle.Statements.Skip(3),
            ],
        };
        AssertFailed(
            BundleVerification.Verify(swapped, new(made.Policy)),
            "log.order",
            "statement.run-end.p256_logged"
        );
    }

    [Fact]
    public void Statements_in_another_place_are_of_the_wrong_type()
    {
        var bundle = made.Make();
        var swapped = bundle with
        {
            Statements = [bundle.Statements[1], bundle.Statements[0], .. bundle.Statements.Skip(2)],
        };
        AssertFailed(
            BundleVerification.Verify(swapped, new(made.Policy)),
            "statement.dataset.format",
            "statement.run-start.format"
        );
    }

    [Fact]
    public void A_score_that_nobody_computed_fails_with_the_run_log()
    {
        var statistic = made.Result.Statistic! with { PTail = made.Result.Statistic!.PTail / 10 };
        made.Result = made.Result with { Statistic = statistic };
        var bundle = made.Make();
        Assert.Equal(BundleOutcome.Passed, BundleVerification.Verify(bundle, new(made.Policy)).Outcome);
        var found = BundleVerification.Verify(bundle, new(made.Policy, MadeBundle.RunLog(MadeBundle.RunLogBytes())));
        AssertFailed(found, "recompute.verification");
        Assert.Contains(
            "p_tail",
            found.Checks.Single(check => check.Name == "recompute.verification").Detail,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void The_run_log_of_another_run_fails()
    {
        var other = new TrainedRun { SegmentPoints = 20 };
        AssertFailed(WithLog(MadeBundle.RunLogBytes(other)), "run_log.digest", "run_log.chain");
    }

    [Fact]
    public void A_run_log_with_other_facts_fails_though_the_chain_is_the_same()
    {
        var bytes = MadeBundle.RunLogBytes();
        var text = System.Text.Encoding.UTF8.GetString(bytes);
        (string From, string To)[] changes =
        [
            ("\"offline\":false", "\"offline\":true"),
            ("\"closed\":true", "\"closed\":false"),
            ("\"gaps\":[]", "\"gaps\":[[3,4]]"),
            ("\"refused\":{}", "\"refused\":{\"conflict\":1}"),
            ("\"order\":\"epoch\"", "\"order\":\"nonce\""),
            ("\"other_runs\":[]", "\"other_runs\":[\"run-x\"]"),
            ("\"records\":1600", "\"records\":1599"),
            (TrainedRun.Nonce.ToString(), Other.ToString()),
            (TrainedRun.AttestationId + "\",\"root", "lace-x\",\"root"),
        ];
        foreach (var (from, to) in changes)
        {
            Assert.Contains(from, text, StringComparison.Ordinal);
            var at = text.IndexOf(from, StringComparison.Ordinal);
            var changed = text[..at] + to + text[(at + from.Length)..];
            var log = MadeBundle.RunLog(System.Text.Encoding.UTF8.GetBytes(changed));
            if (log.File is null)
            {
                continue; // the chunk of another attestation cannot even be read
            }

            AssertFailed(
                BundleVerification.Verify(made.Make(), new(made.Policy, log)),
                "run_log.digest",
                "run_log.facts"
            );
        }
    }

    [Fact]
    public void A_segment_received_at_another_time_fails()
    {
        var run = new TrainedRun { Delay = i => TimeSpan.FromSeconds(i == 0 ? 2 : 1) };
        var text = System.Text.Encoding.UTF8.GetString(MadeBundle.RunLogBytes());
        var line = text.Split('\n')[1];
        var moved = text.Replace(
            line,
            line.Replace("{\"received_at\":\"2026", "{\"received_at\":\"2025"),
            StringComparison.Ordinal
        );
        AssertFailed(WithLog(System.Text.Encoding.UTF8.GetBytes(moved)), "run_log.digest", "run_log.chain");
    }

    [Fact]
    public void A_run_log_that_is_cut_off_fails_and_nothing_is_computed_from_it()
    {
        var found = WithLog(MadeBundle.RunLogBytes()[..^5]);
        AssertFailed(found, "run_log.digest");
        Assert.Equal(
            CheckStatus.NotChecked,
            found.Checks.Single(check => check.Name == "recompute.verification").Status
        );
    }

    [Fact]
    public void Another_dataset_fails() =>
        AssertFailed(BundleVerification.Verify(made.Make(), new(made.Policy, null, Other)), "dataset.root");

    private BundleFindings WithLog(byte[] log) =>
        BundleVerification.Verify(made.Make(), new(made.Policy, MadeBundle.RunLog(log)));

    private void Tell(string lie)
    {
        var start = made.Start;
        switch (lie)
        {
            case "run-start of another run":
                made.Start = at => start(at) with { RunId = "run-other" };
                break;
            case "run-start of another root":
                made.Start = at => start(at) with { Root = Other };
                break;
            case "run-start of fewer records":
                made.Start = at => start(at) with { Records = 1599 };
                break;
            case "run-start before the dataset":
                made.Start = at => start(at) with { CreatedAt = TrainedRun.Completed.AddHours(-1) };
                break;
            case "run-start with another order":
                made.Start = at => start(at) with { Order = Lace.Evidence.LossLog.BatchOrder.Nonce };
                break;
            case "run-end of another run":
                made.End = made.End with { RunId = "run-other" };
                break;
            case "run-end of another attestation":
                made.End = made.End with { AttestationId = "lace-other" };
                break;
            case "run-end with another head":
                made.End = made.End with
                {
                    Heads = [.. made.End.Heads.SkipLast(1), made.End.Heads[^1] with { Head = Other }],
                };
                break;
            case "run-end with more points":
                made.End = made.End with { Points = made.End.Points + 1 };
                break;
            case "run-end with gaps":
                made.End = made.End with
                {
                    Gaps =
                    [
                        [1, 2],
                    ],
                };
                break;
            case "run-end not finished":
                made.End = made.End with { Finished = false };
                break;
            case "run-end without its first head":
                made.End = made.End with { Heads = [.. made.End.Heads.Skip(1)] };
                break;
            case "run-end without its last head":
                made.End = made.End with { Heads = [.. made.End.Heads.SkipLast(1)] };
                break;
            case "dataset of another attestation":
                made.Dataset = made.Dataset with { Id = "lace-other" };
                break;
            case "dataset with another root":
                made.Dataset = made.Dataset with { Dataset = made.Dataset.Dataset with { Root = Other } };
                break;
            case "result of another run":
                made.Result = made.Result with { Id = "run-other" };
                break;
            case "subject of the dataset":
                made.Subjects["dataset"] = Other;
                break;
            case "subject of run-start":
                made.Subjects["run-start"] = Other;
                break;
            case "subject of run-end":
                made.Subjects["run-end"] = Other;
                break;
            case "subject of the verification":
                made.Subjects["verification"] = Other;
                break;
            case "subject of a report":
                made.Subjects["report"] = Other;
                break;
            case "level too high":
                made.Result = made.Result with { Level = 4, LevelName = "measured" };
                break;
            case "level too low":
                made.Result = made.Result with { Level = 2, LevelName = "witnessed" };
                break;
            case "name of another level":
                made.Result = made.Result with { LevelName = "measured" };
                break;
            case "a verdict that is none":
                made.Result = made.Result with { Verdict = "PROVEN" };
                break;
            case "consistent without statistic":
                made.Result = made.Result with { Statistic = null, Correlation = null };
                break;
            case "consistent with a low score":
                made.Result = made.Result with
                {
                    Statistic = made.Result.Statistic! with { Score = 0.4 },
                    Correlation = made.Result.Correlation! with { Score = 0.4 },
                };
                break;
            case "consistent with flagged steps":
                made.Result = made.Result with { Undeclared = made.Result.Undeclared with { Fraction = 0.2 } };
                break;
            case "two scores":
                made.Result = made.Result with { Correlation = made.Result.Correlation! with { Score = 0.99 } };
                break;
            case "a check twice":
                made.Result = made.Result with { Checks = [.. made.Result.Checks, made.Result.Checks[0]] };
                break;
            case "another index of the dataset":
                made.Start = at => start(at with { Index = at.Index + 1 });
                break;
            case "a checkpoint that is none":
                made.Start = at => start(at with { Checkpoint = at.Checkpoint + "x\n" });
                break;
            case "a checkpoint of another log":
                made.Start = at =>
                    start(at with { Checkpoint = at.Checkpoint.Replace("1a2b", "2a2b", StringComparison.Ordinal) });
                break;
            case "a checkpoint of another history":
                made.Start = at => start(at with { Checkpoint = new Checkpoint(MadeBundle.Origin, 8, Other).Text });
                break;
            case "a checkpoint before the dataset":
                made.Start = at => start(at with { Checkpoint = new Checkpoint(MadeBundle.Origin, 3, Other).Text });
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(lie));
        }
    }

    private static void AssertFailed(BundleFindings found, params string[] ids)
    {
        Assert.Equal(BundleOutcome.Failed, found.Outcome);
        foreach (var id in ids)
        {
            var check = found.Checks.Single(check => check.Name == id);
            Assert.True(check.Status == CheckStatus.Failed, $"{id} is {check.Status}: {check.Detail}");
        }
    }
}
