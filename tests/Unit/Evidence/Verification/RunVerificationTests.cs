using System.Text.Json;
using Lace.Evidence.LossLog;
using Lace.Evidence.Trajectories;
using Lace.Evidence.Verification;

namespace Lace.Tests.Evidence.Verification;

public sealed class RunVerificationTests
{
    private static readonly string[] NeverChecked =
    [
        CheckNames.Hardware,
        CheckNames.Replay,
    ];

    [Theory]
    [InlineData(BatchOrder.Epoch)]
    [InlineData(BatchOrder.Nonce)]
    public void An_honest_bound_run_is_consistent(BatchOrder order)
    {
        var result = new TrainedRun(order).Verify();
        Assert.Equal("CONSISTENT", result.Verdict);
        Assert.Equal((3, "consistent"), (result.Level, result.LevelName));
        Assert.All(
            result.Checks,
            check =>
                Assert.Equal(
                    NeverChecked.Contains(check.Name) ? CheckStatus.NotChecked : CheckStatus.Passed,
                    check.Status
                )
        );
        Assert.Null(result.Statistic!.GradeCap);
        Assert.Equal(order == BatchOrder.Epoch, result.DoesNotShow.Any(Mentions("replay the run live")));
        Assert.True(result.Run.Finished);
        Assert.Equal(result.Statistic.N, result.Plot.Step.Count);
    }

    [Fact]
    public void A_run_on_other_batches_is_inconsistent()
    {
        var run = new TrainedRun();
        run.TrainOnOtherBatches(..);
        var result = run.Verify();
        Assert.Equal("INCONSISTENT", result.Verdict);
        Assert.Equal(2, result.Level);
        Checked.Failed(result, CheckNames.Trajectory, "Score");
    }

    [Fact]
    public void An_undeclared_quarter_is_named()
    {
        var run = new TrainedRun();
        run.TrainOnOtherBatches(200..300);
        var result = run.Verify();
        Assert.Equal("PARTLY_CONSISTENT", result.Verdict);
        Checked.Failed(result, CheckNames.UndeclaredSteps, "do not explain");
        var found = result.Undeclared.Steps.Sum(span => Math.Min(300, span.To + 1) - Math.Max(200, span.From));
        Assert.InRange(found, 70, 100);
        Assert.Contains(result.Plot.Flagged, flagged => flagged);
    }

    [Fact]
    public void A_log_without_records_says_so()
    {
        var result = new TrainedRun(BatchOrder.Unknown).Verify();
        Assert.Equal("INCONCLUSIVE", result.Verdict);
        Checked.Failed(result, CheckNames.OrderBound, "does not say which records");
        Checked.NotChecked(result, CheckNames.RecordIndices);
        Checked.NotChecked(result, CheckNames.TokenCounts);
        Checked.NotChecked(result, CheckNames.Trajectory);
        Checked.NotChecked(result, CheckNames.UndeclaredSteps);
        Assert.Null(result.Statistic);
        Assert.Null(result.Correlation);
    }

    [Fact]
    public void An_offline_run_stays_at_committed_and_its_order_is_not_bound()
    {
        var run = new TrainedRun();
        run.Facts = run.Facts with { Offline = true };
        var result = run.Verify();
        Checked.Failed(result, CheckNames.ReceivedLive, "offline");
        Checked.Failed(result, CheckNames.OrderBound, "nobody saw");
        Assert.Equal(1, result.Level);
    }

    [Fact]
    public void Losses_that_come_late_are_not_live()
    {
        var result = new TrainedRun { Delay = _ => TimeSpan.FromMinutes(11) }.Verify();
        Checked.Failed(result, CheckNames.ReceivedLive, "400 of 400");
        Assert.Equal(1, result.Level);
    }

    [Fact]
    public void A_few_late_losses_after_an_outage_are_tolerated_and_told()
    {
        var run = new TrainedRun { SegmentPoints = 10, Delay = segment => TimeSpan.FromMinutes(segment == 9 ? 60 : 0) };
        Assert.Contains(
            "10 of 400",
            Checked.Passed(run.Verify(), CheckNames.ReceivedLive).Detail,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Losses_from_before_the_run_are_not_live()
    {
        var run = new TrainedRun();
        run.Facts = run.Facts with { CreatedAt = TrainedRun.Created.AddHours(1) };
        Checked.Failed(run.Verify(), CheckNames.ReceivedLive, "before the run was made");
    }

    [Fact]
    public void A_dataset_committed_after_the_losses_is_level_0_and_not_consistent()
    {
        var run = new TrainedRun();
        run.Attestation = run.Attestation with { CompletedAt = TrainedRun.Created.AddHours(1) };
        var result = run.Verify();
        Checked.Failed(result, CheckNames.CommittedFirst, "before the dataset was committed");
        Assert.Equal((0, "INCONCLUSIVE"), (result.Level, result.Verdict));
        run.Attestation = run.Attestation with { CompletedAt = TrainedRun.Created.AddSeconds(1) };
        Checked.Failed(run.Verify(), CheckNames.CommittedFirst, "committed");
    }

    [Fact]
    public void An_incomplete_attestation_commits_nothing()
    {
        var run = new TrainedRun();
        run.Attestation = run.Attestation with { Complete = false, CompletedAt = null };
        var result = run.Verify();
        Checked.Failed(result, CheckNames.AttestationComplete, "not sent completely");
        Checked.Failed(result, CheckNames.CommittedFirst, "never completed");
        Assert.Equal(0, result.Level);
    }

    [Fact]
    public void A_revoked_attestation_is_level_0()
    {
        var run = new TrainedRun();
        run.Attestation = run.Attestation with { RevokedAt = TrainedRun.Created, RevocationReason = "a mistake" };
        var result = run.Verify();
        Checked.Failed(result, CheckNames.NotRevoked, "a mistake");
        Assert.Equal(0, result.Level);
    }

    [Fact]
    public void Changed_chunk_roots_a_damaged_chunk_or_another_root_are_found()
    {
        foreach (var (change, reason) in RootFaults())
        {
            var run = new TrainedRun();
            change(run);
            var result = run.Verify();
            Checked.Failed(result, CheckNames.RootRecomputed, reason);
            Assert.Equal((0, "INCONCLUSIVE"), (result.Level, result.Verdict));
            Assert.Null(result.Statistic);
        }
    }

    private static IEnumerable<(Action<TrainedRun>, string)> RootFaults() =>
        [
            (
                run => run.Attestation = run.Attestation with { ChunkRoots = [TrainedRun.Nonce] },
                "not the attested root"
            ),
            (run => run.Attestation = run.Attestation with { ChunkRoots = [] }, "No chunk roots"),
            (run => run.Attestation = run.Attestation with { Damage = "Chunk 1 is damaged." }, "Chunk 1"),
            (
                run =>
                    run.Attestation = run.Attestation with
                    {
                        ChunkRoots = [TrainedRun.Nonce],
                        Root = Lace.Evidence.Datasets.DatasetRoot.FromChunkRoots([TrainedRun.Nonce]),
                    },
                "another root"
            ),
        ];

    [Fact]
    public void A_gap_is_named()
    {
        var run = new TrainedRun();
        run.Facts = run.Facts with { Gaps = [(7, 9), (12, 12)] };
        var result = run.Verify();
        Checked.Failed(result, CheckNames.ChainUnbroken, "7..9, 12");
        Assert.Equal(1, result.Level);
        Assert.Equal(
            [
                [7L, 9L],
                [12L, 12L],
            ],
            result.Run.Gaps
        );
    }

    [Fact]
    public void A_run_that_goes_on_is_not_checked_and_a_closed_one_without_its_end_fails()
    {
        var run = new TrainedRun { Finish = null };
        run.Facts = run.Facts with { Closed = false };
        Checked.NotChecked(run.Verify(), CheckNames.ChainUnbroken);
        run.Facts = run.Facts with { Closed = true };
        Checked.Failed(run.Verify(), CheckNames.ChainUnbroken, "ends the log is missing");
    }

    [Fact]
    public void Points_that_the_client_lost_or_counted_otherwise_break_the_chain()
    {
        Checked.Failed(new TrainedRun { Finish = new(0, 402, 2) }.Verify(), CheckNames.ChainUnbroken, "lost 2 of 402");
        Checked.Failed(new TrainedRun { Finish = new(0, 401, 0) }.Verify(), CheckNames.ChainUnbroken, "401");
    }

    [Fact]
    public void A_stored_log_that_was_changed_is_no_chain()
    {
        var run = new TrainedRun { TamperStored = true };
        Assert.Null(run.Replay());
        var result = run.Verify();
        Checked.Failed(result, CheckNames.ChainUnbroken, "no longer the chain");
        Assert.Equal("INCONCLUSIVE", result.Verdict);
        Assert.Contains("not the chain", result.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Records_that_were_not_committed_are_found()
    {
        var run = new TrainedRun(BatchOrder.Streamed);
        run.Points[3] = run.Points[3] with { Batch = [new MicroBatch([1, TrainedRun.Records])] };
        run.Points[4] = run.Points[4] with { Batch = [new MicroBatch([])] };
        Checked.Failed(run.Verify(), CheckNames.RecordIndices, "2 of 400");
    }

    [Fact]
    public void More_tokens_than_bytes_are_found()
    {
        var run = new TrainedRun();
        for (var i = 0; i < 20; i++)
        {
            run.Points[i] = run.Points[i] with { Tokens = 1_000_000 };
        }

        var result = run.Verify();
        Checked.Failed(result, CheckNames.TokenCounts, "20 of 400");
        Assert.Equal(3, result.Level);
    }

    [Fact]
    public void Steps_hidden_behind_losses_that_are_not_numbers_are_only_partly_consistent()
    {
        var run = new TrainedRun();
        for (var i = 200; i < 240; i++)
        {
            run.Points[i] = run.Points[i] with { Loss = double.NaN };
        }

        var result = run.Verify();
        Assert.Equal("PARTLY_CONSISTENT", result.Verdict);
        Assert.Equal(40, result.Run.NonFinite);
        Checked.Failed(result, CheckNames.UndeclaredSteps, "10 %");
    }

    [Fact]
    public void A_run_without_points_is_inconclusive()
    {
        var run = new TrainedRun(epochs: 0);
        var result = run.Verify();
        Assert.Equal("INCONCLUSIVE", result.Verdict);
        Checked.NotChecked(result, CheckNames.OrderBound);
        Checked.NotChecked(result, CheckNames.ReceivedLive);
        Assert.Null(result.Run.FirstLossAt);
    }

    [Fact]
    public void A_level_needs_every_check_of_its_rung_and_of_those_below()
    {
        var all = new TrainedRun()
            .Verify()
            .Checks.Select(check => check with { Status = CheckStatus.Passed })
            .ToArray();
        Assert.Equal(5, EvidenceLevel.Of(all));
        foreach (
            var (name, level) in new[]
            {
                (CheckNames.Replay, 4),
                (CheckNames.Hardware, 3),
                (CheckNames.ReceivedLive, 1),
            }
        )
        {
            Assert.Equal(
                level,
                EvidenceLevel.Of(all.Select(c => c.Name == name ? c with { Status = CheckStatus.NotChecked } : c))
            );
        }

        Assert.Equal(0, EvidenceLevel.Of([]));
    }

    [Fact]
    public void The_answer_has_the_members_of_the_protocol_and_reads_back()
    {
        var result = new TrainedRun().Verify("run-20261120-140000-zzzzzz");
        var json = JsonSerializer.Serialize(result, VerificationJson.Default.VerificationResult);
        using var document = JsonDocument.Parse(json);
        Assert.Equal(
            "id attestation_id verdict reason level level_name checks statistic correlation undeclared run other_runs shows does_not_show plot computed_at method",
            string.Join(' ', document.RootElement.EnumerateObject().Select(member => member.Name))
        );
        Assert.Equal(
            "name null score p_tail p_shift ci_low ci_high points n n_eff log10_lr null_mean null_sd grade grade_cap alias warning",
            string.Join(
                ' ',
                document.RootElement.GetProperty("statistic").EnumerateObject().Select(member => member.Name)
            )
        );
        Assert.Equal("passed", document.RootElement.GetProperty("checks")[0].GetProperty("status").GetString());
        var again = JsonSerializer.Deserialize(json, VerificationJson.Default.VerificationResult)!;
        Assert.Equal(json, JsonSerializer.Serialize(again, VerificationJson.Default.VerificationResult));
    }

    [Fact]
    public void Equal_facts_give_equal_bytes()
    {
        static string Json() =>
            JsonSerializer.Serialize(new TrainedRun().Verify(), VerificationJson.Default.VerificationResult);
        Assert.Equal(Json(), Json());
    }

    [Fact]
    public void No_sentence_claims_more_than_was_done()
    {
        var text = string.Join('\n', AllResults().SelectMany(Sentences));
        foreach (var word in new[] { "prove", "proof", "unfakeable", "guarantee", "certif", "legal", "court" })
        {
            Assert.DoesNotContain(word, text, StringComparison.OrdinalIgnoreCase);
        }
    }

    private static IEnumerable<VerificationResult> AllResults() =>
        Enum.GetValues<BatchOrder>().Select(order => new TrainedRun(order).Verify());

    private static IEnumerable<string> Sentences(VerificationResult result) =>
        [result.Reason, .. result.Checks.Select(check => check.Detail), .. result.Shows, .. result.DoesNotShow];

    private static Func<string, bool> Mentions(string words) =>
        sentence => sentence.Contains(words, StringComparison.Ordinal);
}
