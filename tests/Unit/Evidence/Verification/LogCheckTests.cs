using Lace.Cryptography;
using Lace.Evidence.Statements;
using Lace.Evidence.Transparency.Notes;
using Lace.Evidence.Verification;

namespace Lace.Tests.Evidence.Verification;

public sealed class LogCheckTests : IDisposable
{
    private readonly LoggedBeginning world = new();

    private LogFacts Facts => world.Facts;

    public void Dispose() => world.Dispose();

    [Fact]
    public void Passes_where_all_is_signed_included_and_in_order()
    {
        var check = world.Check();
        Assert.True(check.Passed, check.Detail);
        Assert.Contains("entries 1 and 2", check.Detail, StringComparison.Ordinal);
        Assert.Contains("entries 3 and 4", check.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Fails_where_the_start_is_in_the_log_before_the_dataset()
    {
        using var reversed = new LoggedBeginning(startFirst: true);
        Fails(reversed.Check(), "before the dataset");
    }

    [Fact]
    public void Fails_where_a_key_of_the_log_did_not_sign_or_no_key_is_trusted()
    {
        using var other = SignatureAlgorithm.Ed25519.GenerateKey();
        var stranger = VerifierKey.Create(LoggedBeginning.Origin, NoteSignatureType.Ed25519, other.PublicKey.Encoded)!;
        Fails(world.Check(trust: world.Trust with { LogKeys = [stranger] }), "checkpoint is not signed");
        var both = world.Trust with { LogKeys = [world.Trust.LogKeys[0], stranger] };
        Fails(world.Check(trust: both), "checkpoint is not signed");
        Fails(world.Check(trust: world.Trust with { StatementKeys = [] }), "no ECDSA signature");
        var onlyP256 = world.Trust with { StatementKeys = [world.Trust.StatementKeys[0]] };
        Fails(world.Check(trust: onlyP256), "no hybrid signature");
    }

    [Fact]
    public void Fails_where_a_key_was_not_valid_at_the_time_of_the_statement()
    {
        var late = world
            .Trust.StatementKeys.Select(key =>
                StatementKey.TryImport(
                    key.Algorithm,
                    key.PublicKey.Span,
                    LoggedBeginning.Attestation.CompletedAt!.Value.AddMinutes(1)
                )!
            )
            .ToArray();
        Fails(world.Check(trust: world.Trust with { StatementKeys = late }), "valid then");
    }

    [Fact]
    public void Fails_for_a_flipped_bit_in_any_signature_payload_or_checkpoint()
    {
        foreach (var change in Changes())
        {
            Assert.Equal(CheckStatus.Failed, world.Check(change).Status);
        }

        IEnumerable<LogFacts> Changes()
        {
            for (var i = 0; i < Facts.Checkpoint.Length; i += 11)
            {
                yield return Facts with
                {
                    Checkpoint = Flip(Facts.Checkpoint, i),
                };
            }

            foreach (var signed in new[] { Facts.Dataset.Signed, Facts.RunStart.Signed })
            {
                for (var i = 0; i < signed.Payload.Length; i += 37)
                {
                    yield return With(signed, signed with { Payload = Flip(signed.Payload, i) });
                }

                for (var i = 0; i < signed.P256.Signature.Length; i += 7)
                {
                    var p256 = signed.P256 with { Signature = Flip(signed.P256.Signature, i) };
                    yield return With(signed, signed with { P256 = p256 });
                }

                for (var i = 0; i < signed.Hybrid.Signature.Length; i += 331)
                {
                    var hybrid = signed.Hybrid with { Signature = Flip(signed.Hybrid.Signature, i) };
                    yield return With(signed, signed with { Hybrid = hybrid });
                }
            }
        }
    }

    [Fact]
    public void Fails_for_another_index_or_proof_of_any_leaf()
    {
        var dataset = Facts.Dataset;
        var start = Facts.RunStart;
        LoggedLeaf Moved(LoggedLeaf leaf) => leaf with { Index = leaf.Index + 1 };
        LoggedLeaf Cut(LoggedLeaf leaf) => leaf with { Proof = [.. leaf.Proof.Skip(1)] };
        foreach (var change in new Func<LoggedLeaf, LoggedLeaf>[] { Moved, Cut, leaf => leaf with { Index = -1 } })
        {
            Fails(world.Check(Facts with { Dataset = dataset with { P256 = change(dataset.P256) } }), "not included");
            Fails(
                world.Check(Facts with { Dataset = dataset with { Hybrid = change(dataset.Hybrid) } }),
                "not included"
            );
            Fails(world.Check(Facts with { RunStart = start with { P256 = change(start.P256) } }), "not included");
            Fails(world.Check(Facts with { RunStart = start with { Hybrid = change(start.Hybrid) } }), "not included");
        }
    }

    [Fact]
    public void Fails_where_the_log_does_not_continue_the_checkpoint_that_the_start_names()
    {
        Fails(world.Check(Facts with { FromNamed = [] }), "not the one any more");
        var proof = Facts.FromNamed.ToArray();
        (proof[0], proof[1]) = (proof[1], proof[0]);
        Fails(world.Check(Facts with { FromNamed = proof }), "not the one any more");
    }

    [Fact]
    public void Fails_where_the_statements_are_not_about_what_is_stored()
    {
        var (attestation, run) = (LoggedBeginning.Attestation, LoggedBeginning.Run);
        var other = Lace.Tests.Evidence.Statements.MadeStatements.Head;
        foreach (
            var changed in new[]
            {
                attestation with
                {
                    Id = "lace-20261120-134501-x7k2p8",
                },
                attestation with
                {
                    Root = other,
                },
                attestation with
                {
                    Records = 1,
                },
                attestation with
                {
                    CompletedAt = attestation.CompletedAt!.Value.AddSeconds(-1),
                },
            }
        )
        {
            Fails(LogCheck.Of(Facts, world.Trust, changed, run), "dataset's statement");
        }

        foreach (
            var changed in new[]
            {
                run with
                {
                    Id = "run-20261120-134601-ab12ce",
                },
                run with
                {
                    Root = other,
                },
                run with
                {
                    Nonce = run.Root,
                },
                run with
                {
                    Order = Lace.Evidence.LossLog.BatchOrder.Nonce,
                },
                run with
                {
                    Offline = true,
                },
                run with
                {
                    CreatedAt = run.CreatedAt.AddSeconds(1),
                },
            }
        )
        {
            Fails(LogCheck.Of(Facts, world.Trust, attestation, changed), "run's start");
        }
    }

    [Fact]
    public void Fails_where_one_statement_is_given_for_the_other()
    {
        Fails(world.Check(Facts with { Dataset = Facts.RunStart }), "not a statement of a dataset");
        Fails(world.Check(Facts with { RunStart = Facts.Dataset }), "not a statement of a run's start");
    }

    [Fact]
    public void Committed_before_training_rests_on_it_and_the_verdict_does_not()
    {
        foreach (
            var (status, first) in new[]
            {
                (CheckStatus.Passed, CheckStatus.Passed),
                (CheckStatus.NotChecked, CheckStatus.NotChecked),
                (CheckStatus.Failed, CheckStatus.Failed),
            }
        )
        {
            var run = new TrainedRun { Log = new Check(CheckNames.TransparencyLog, status, "given") };
            var result = run.Verify();
            Assert.Equal(first, result.Checks.Single(check => check.Name == CheckNames.CommittedFirst).Status);
            Assert.Equal(status == CheckStatus.Passed ? 3 : 0, result.Level);
            Assert.Equal(status == CheckStatus.Failed ? "INCONCLUSIVE" : "CONSISTENT", result.Verdict);
        }

        var unseen = new TrainedRun { Log = null }.Verify();
        Checked.NotChecked(unseen, CheckNames.TransparencyLog);
        var misnamed = new TrainedRun { Log = new Check(CheckNames.Replay, CheckStatus.Passed, "") }.Verify();
        Checked.NotChecked(misnamed, CheckNames.TransparencyLog);
        Checked.NotChecked(misnamed, CheckNames.Replay);
    }

    private LogFacts With(SignedStatement of, SignedStatement changed) =>
        ReferenceEquals(of, Facts.Dataset.Signed)
            ? Facts with
            {
                Dataset = Facts.Dataset with { Signed = changed },
            }
            : Facts with
            {
                RunStart = Facts.RunStart with { Signed = changed },
            };

    private static byte[] Flip(ReadOnlyMemory<byte> bytes, int at)
    {
        var flipped = bytes.ToArray();
        flipped[at] ^= 1;
        return flipped;
    }

    private static void Fails(Check check, string why)
    {
        Assert.Equal(CheckStatus.Failed, check.Status);
        Assert.Contains(why, check.Detail, StringComparison.Ordinal);
    }
}
