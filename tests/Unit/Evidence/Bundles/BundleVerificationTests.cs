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
        found.AssertFailed("statement.dataset.p256", "statement.report-1.hybrid", "log.checkpoint");
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
        BundleVerification
            .Verify(
                bundle,
                new(policy with { StatementKeys = [At(0, TrainedRun.Created, null), policy.StatementKeys[1]] })
            )
            .AssertFailed("statement.dataset.p256");
        BundleVerification
            .Verify(
                bundle,
                new(
                    policy with
                    {
                        StatementKeys = [policy.StatementKeys[0], At(1, MadeBundle.Epoch, TrainedRun.Created)],
                    }
                )
            )
            .AssertFailed("statement.run-end.hybrid", "statement.verification.hybrid");
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
        BundleVerification
            .Verify(
                bundle with
                {
                    Statements = [bundle.Statements[0] with { Signed = swapped }, .. bundle.Statements.Skip(1)],
                },
                new(both)
            )
            .AssertFailed("statement.dataset.hybrid");
    }

    [Fact]
    public void Witnesses_below_the_quorum_fail()
    {
        var policy = made.Policy with { Witnesses = new(1, [made.WitnessKey]) };
        BundleVerification.Verify(made.Make(), new(policy)).AssertFailed("log.witnesses");
    }

    [Fact]
    public void The_checkpoint_of_another_log_or_without_its_post_quantum_line_fails()
    {
        var bundle = made.Make();
        Assert.True(SignedNote.TryParse(bundle.Checkpoint, out var note));
        var classic = new SignedNote(note.Text, [note.Signatures[0]]).ToString();
        BundleVerification
            .Verify(bundle with { Checkpoint = classic }, new(made.Policy))
            .AssertFailed("log.checkpoint");
        var other = new MadeBundle().Make().Checkpoint;
        BundleVerification.Verify(bundle with { Checkpoint = other }, new(made.Policy)).AssertFailed("log.checkpoint");
    }

    [Fact]
    public void An_older_checkpoint_of_the_same_log_does_not_hold_the_entries()
    {
        var bundle = made.Make();
        var older = made.Sign(made.Head(made.Others));
        BundleVerification
            .Verify(bundle with { Checkpoint = older }, new(made.Policy))
            .AssertFailed("statement.dataset.p256_logged", "statement.dataset.hybrid_logged");
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
        BundleVerification.Verify(swapped, new(made.Policy)).AssertFailed("log.order", "statement.run-end.p256_logged");
    }

    [Fact]
    public void Statements_in_another_place_are_of_the_wrong_type()
    {
        var bundle = made.Make();
        var swapped = bundle with
        {
            Statements = [bundle.Statements[1], bundle.Statements[0], .. bundle.Statements.Skip(2)],
        };
        BundleVerification
            .Verify(swapped, new(made.Policy))
            .AssertFailed("statement.dataset.format", "statement.run-start.format");
    }

    [Fact]
    public void A_score_that_nobody_computed_fails_with_the_run_log()
    {
        var statistic = made.Result.Statistic! with { PTail = made.Result.Statistic!.PTail / 10 };
        made.Result = made.Result with { Statistic = statistic };
        var bundle = made.Make();
        Assert.Equal(BundleOutcome.Passed, BundleVerification.Verify(bundle, new(made.Policy)).Outcome);
        var found = BundleVerification.Verify(bundle, new(made.Policy, MadeBundle.RunLog(MadeBundle.RunLogBytes())));
        found.AssertFailed("recompute.verification");
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
        WithLog(MadeBundle.RunLogBytes(other)).AssertFailed("run_log.digest", "run_log.chain");
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

            BundleVerification
                .Verify(made.Make(), new(made.Policy, log))
                .AssertFailed("run_log.digest", "run_log.facts");
        }
    }

    [Fact]
    public void More_other_runs_than_a_statement_lists_are_held_against_their_number()
    {
        string[] others = [.. Enumerable.Range(0, 21).Select(i => $"run-20261120-1400{i:D2}-abcdef")];
        var input = MadeBundle.RunLog(MadeBundle.RunLogBytes(null, others[..20])).File!.ToInput();
        var result = RunVerification.Evaluate(
            input with
            {
                TransparencyLog = MadeBundle.Run.Log,
            },
            TrainedRun.Created.AddHours(1)
        );
        made.Result = SignedResult.Of(result);
        Assert.Equal((16, 4), (made.Result.OtherRuns.Count, made.Result.OtherRunsOmitted));

        var same = WithLog(MadeBundle.RunLogBytes(null, others[..20]));
        Assert.All(
            same.Checks.Where(check => check.Name is "run_log.facts" or "recompute.verification"),
            check => Assert.True(check.Passed, check.Detail)
        );
        string[][] changed = [others, others[..19], others[..16], [.. others[1..]]];
        foreach (var runs in changed)
        {
            WithLog(MadeBundle.RunLogBytes(null, runs)).AssertFailed("run_log.facts", "recompute.verification");
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
        WithLog(System.Text.Encoding.UTF8.GetBytes(moved)).AssertFailed("run_log.digest", "run_log.chain");
    }

    [Fact]
    public void The_last_segment_to_come_need_not_be_the_last_of_the_chain()
    {
        var last = made.End.LastReceivedAt;
        made.End = made.End with { LastReceivedAt = last + TimeSpan.FromMinutes(1) };
        Assert.Equal(BundleOutcome.Passed, WithLog(MadeBundle.RunLogBytes()).Outcome);
        made.End = made.End with { LastReceivedAt = last - TimeSpan.FromMilliseconds(1) };
        WithLog(MadeBundle.RunLogBytes()).AssertFailed("run_log.chain");
        made.End = made.End with { LastReceivedAt = null };
        WithLog(MadeBundle.RunLogBytes()).AssertFailed("run_log.chain");
    }

    [Fact]
    public void A_policy_with_keys_for_one_signature_accuses_nobody_when_the_run_log_is_given()
    {
        var policy = made.Policy with
        {
            Require = [StatementAlgorithm.P256],
            StatementKeys = [made.Policy.StatementKeys[0]],
        };
        var found = BundleVerification.Verify(made.Make(), new(policy, MadeBundle.RunLog(MadeBundle.RunLogBytes())));
        Assert.Equal(BundleOutcome.Passed, found.Outcome);
        Assert.Equal(
            CheckStatus.NotChecked,
            found.Checks.Single(check => check.Name == "recompute.verification").Status
        );
        Assert.All(found.Rungs.Skip(1), rung => Assert.Equal(RungBasis.Stated, rung.Basis));
    }

    [Fact]
    public void A_run_log_that_is_cut_off_fails_and_nothing_is_computed_from_it()
    {
        var found = WithLog(MadeBundle.RunLogBytes()[..^5]);
        found.AssertFailed("run_log.digest");
        Assert.Equal(
            CheckStatus.NotChecked,
            found.Checks.Single(check => check.Name == "recompute.verification").Status
        );
    }

    [Fact]
    public void Another_dataset_fails() =>
        BundleVerification.Verify(made.Make(), new(made.Policy, null, Other)).AssertFailed("dataset.root");

    private BundleFindings WithLog(byte[] log) =>
        BundleVerification.Verify(made.Make(), new(made.Policy, MadeBundle.RunLog(log)));
}
