using System.Text;
using Lace.Cli.Verify;
using Lace.Evidence.Bundles;
using Lace.Evidence.Certificates;
using Lace.Evidence.Statements;
using Lace.Evidence.Transparency;
using Lace.Evidence.Verification;
using Lace.Tests.Evidence.Bundles;
using Lace.Tests.Evidence.Statements;

namespace Lace.Tests.Evidence.Certificates;

/// <summary>What a verifier finds of a true certificate, and by which rule each false one is refused.</summary>
public sealed class CertificateVerificationTests
{
    private readonly MadeBundle made = new();

    /// <summary>With the ε that the accountants give.</summary>
    public static PrivacyCertificatePredicate True { get; } =
        MadeStatements.Certificate with
        {
            Guarantee = MadeStatements.Certificate.Guarantee with
            {
                Epsilon = CertifiedEpsilon.Compute(MadeStatements.Certificate).Bounds!,
            },
        };

    [Fact]
    public void Everything_given_and_right_passes()
    {
        made.Witnessed = true;
        var found = Verify(
            Made(True),
            made.Policy with
            {
                Witnesses = new(1, [made.WitnessKey]),
            },
            True.Artifact.Sha256
        );
        Assert.All(found.Checks, check => Assert.True(check.Passed, $"{check.Name}: {check.Detail}"));
        Assert.Equal(CertificateChecks.Table.Select(row => row.Id), found.Checks.Select(check => check.Name));
        Assert.Equal((BundleOutcome.Passed, True.Artifact.Id), (found.Outcome, found.ArtifactId));
        Assert.Equal((True.Guarantee, SamplingBasis.EnforcedByWorker), (found.Guarantee, found.Sampling));
        Assert.Equal(True.NotCovered.Select(point => point.Sentence), found.DoesNotShow);
    }

    [Fact]
    public void Without_a_policy_nothing_is_believed()
    {
        var found = CertificateVerification.Verify(Made(True), new(null, CertifiedEpsilon.Compute(True)));
        Assert.Equal((BundleOutcome.NotChecked, null, null), (found.Outcome, found.Guarantee, found.Sampling));
        Assert.Empty(found.DoesNotShow);
    }

    [Fact]
    public void Without_computing_epsilon_nothing_is_believed()
    {
        var found = CertificateVerification.Verify(Made(True), new(made.Policy));
        Assert.Equal(BundleOutcome.NotChecked, found.Outcome);
    }

    [Fact]
    public void Declared_sampling_is_reported_as_not_checked_and_listed()
    {
        var found = Verify(
            Made(
                True with
                {
                    Mechanism = True.Mechanism with { Sampling = SamplingBasis.DeclaredByCaller, DeclaredSteps = 1 },
                    NotCovered = NotCoveredPoint.For(SamplingBasis.DeclaredByCaller),
                }
            )
        );
        Assert.Equal((BundleOutcome.Passed, SamplingBasis.DeclaredByCaller), (found.Outcome, found.Sampling));
        Assert.Equal(CheckStatus.NotChecked, Status(found, CertificateChecks.Sampling));
        Assert.Contains("declares", found.DoesNotShow[0], StringComparison.Ordinal);
    }

    /// <summary>The forger has no key: he types another ε into a true certificate.</summary>
    [Fact]
    public void A_typed_in_epsilon_breaks_both_signatures_and_both_places_in_the_log()
    {
        var file = Made(True);
        var forged = CertificateStatement.Create(With(epsilon: new(0.5, 0.4)));
        Failed(
            Verify(Replace(file, file.Statement.Signed with { Payload = forged.Payload })),
            "statement.dp-certificate.p256",
            "statement.dp-certificate.hybrid",
            "statement.dp-certificate.p256_logged",
            "statement.dp-certificate.hybrid_logged",
            CertificateChecks.Rdp,
            CertificateChecks.Pld
        );
    }

    [Theory]
    [InlineData(0.99, 1, CertificateChecks.Rdp)]
    [InlineData(1, 0.99, CertificateChecks.Pld)]
    public void An_epsilon_below_the_computed_one_fails_though_the_service_signed_it(double rdp, double pld, string id)
    {
        var bounds = True.Guarantee.Epsilon;
        var found = Verify(Made(With(epsilon: new(bounds.Rdp * rdp, bounds.Pld * pld))));
        Failed(found, id);
        Assert.Single(found.Checks, check => check.Status == CheckStatus.Failed);
    }

    [Fact]
    public void An_epsilon_above_the_computed_one_is_only_modest()
    {
        var bounds = True.Guarantee.Epsilon;
        Assert.Equal(BundleOutcome.Passed, Verify(Made(With(epsilon: new(bounds.Rdp * 2, bounds.Pld * 2)))).Outcome);
    }

    [Fact]
    public void The_keys_of_somebody_else_are_not_believed() =>
        Failed(
            Verify(new MadeBundle().Certificate(CertificateStatement.Create(True))),
            "statement.dp-certificate.p256",
            "statement.dp-certificate.hybrid",
            "log.checkpoint"
        );

    [Fact]
    public void The_proofs_of_another_log_are_not_believed()
    {
        var file = Made(True);
        var other = new MadeBundle().Certificate(CertificateStatement.Create(True));
        Failed(
            Verify(file with { Checkpoint = other.Checkpoint }),
            "log.checkpoint",
            "statement.dp-certificate.p256_logged",
            "statement.dp-certificate.hybrid_logged"
        );
        Failed(Verify(other with { Checkpoint = file.Checkpoint }), "statement.dp-certificate.hybrid_logged");
    }

    [Fact]
    public void A_statement_that_is_not_in_the_log_is_not_believed()
    {
        var file = Made(True);
        var never = Replace(
            file,
            made.Sign(CertificateStatement.Create(True with { IssuedAt = True.IssuedAt.AddSeconds(1) }))
        );
        Failed(Verify(never), "statement.dp-certificate.p256_logged", "statement.dp-certificate.hybrid_logged");
        Failed(
            Verify(file with { Checkpoint = made.Sign(made.Head(made.Others + 1)) }),
            "statement.dp-certificate.p256_logged"
        );
    }

    [Fact]
    public void A_subject_that_is_another_artifact_fails_though_the_service_signed_it() =>
        Failed(
            Verify(
                made.Certificate(
                    Statement.Create(True.Artifact.Id, MadeStatements.Head, PredicateTypes.PrivacyCertificate, True)
                )
            ),
            CertificateChecks.Subject
        );

    [Fact]
    public void It_is_of_no_other_artifact() =>
        Failed(Verify(Made(True), artifact: MadeStatements.Head), CertificateChecks.Artifact);

    [Fact]
    public void A_policy_that_requires_one_signature_still_refuses_another_that_is_wrong()
    {
        var file = Made(True);
        var one = made.Policy with { Require = [StatementAlgorithm.P256] };
        var swapped = file.Statement.Signed with
        {
            Hybrid = new MadeBundle().Sign(CertificateStatement.Create(True)).Hybrid,
        };
        Failed(Verify(Replace(file, swapped), one), "statement.dp-certificate.hybrid");
        var none = Verify(file, one with { StatementKeys = [made.Policy.StatementKeys[0]] });
        Assert.Equal(
            (BundleOutcome.Passed, CheckStatus.NotChecked),
            (none.Outcome, Status(none, "statement.dp-certificate.hybrid"))
        );
        var both = made.Policy with { StatementKeys = [made.Policy.StatementKeys[0]] };
        Assert.Equal(BundleOutcome.NotChecked, Verify(file, both).Outcome);
    }

    public static TheoryData<string, PrivacyCertificatePredicate> Lies =>
        new()
        {
            { CertificateChecks.Steps, True with { Guarantee = True.Guarantee with { Steps = 1107 } } },
            {
                CertificateChecks.Delta,
                True with
                {
                    Mechanism = True.Mechanism with { DatasetSize = 400_000, ExpectedBatch = 4000 },
                }
            },
            { CertificateChecks.Target, True with { Guarantee = True.Guarantee with { Target = new(2, "rdp") } } },
            { CertificateChecks.Target, True with { Guarantee = True.Guarantee with { Target = new(1.5, "pld") } } },
            { CertificateChecks.Figures, True with { NotCovered = [.. True.NotCovered.Skip(1)] } },
            { CertificateChecks.Figures, True with { Mechanism = True.Mechanism with { Sampler = "shuffled" } } },
            { CertificateChecks.Figures, True with { Mechanism = True.Mechanism with { Neighbours = "replace_one" } } },
            { CertificateChecks.Figures, True with { Mechanism = True.Mechanism with { ExpectedBatch = 40_001 } } },
            {
                CertificateChecks.Rdp,
                True with
                {
                    Mechanism = True.Mechanism with { Phases = [new(0.01, 0.01, 1108)] },
                }
            },
            { CertificateChecks.Pld, True with { Mechanism = True.Mechanism with { Phases = [new(1, 0.01, -5)] } } },
            {
                CertificateChecks.Rdp,
                True with
                {
                    Mechanism = True.Mechanism with { Phases = [new(1, 0.01, 9_000_000_000_000_000), new(2, 0.01, 2)] },
                }
            },
            { CertificateChecks.Pld, True with { Guarantee = True.Guarantee with { Delta = 1e-31 } } },
            // δ was made greater, and ε falls with it
            { CertificateChecks.Delta, True with { Guarantee = True.Guarantee with { Delta = 0.01 } } },
        };

    /// <summary>The service signs whatever it likes: the arithmetic is the reader's own.</summary>
    [Theory]
    [MemberData(nameof(Lies))]
    public void A_lie_that_the_service_signed_fails_by_its_rule(string id, PrivacyCertificatePredicate lie) =>
        Failed(
            Verify(
                made.Certificate(
                    Statement.Create(lie.Artifact.Id, lie.Artifact.Sha256, PredicateTypes.PrivacyCertificate, lie)
                ),
                epsilon: CertifiedEpsilon.Compute(lie)
            ),
            id
        );

    [Fact]
    public void A_statement_of_another_kind_is_no_certificate()
    {
        var found = Verify(made.Certificate(MadeStatements.Of(PredicateTypes.AuditHead, MadeStatements.AuditHead)));
        Failed(found, "statement.dp-certificate.format");
        Assert.Equal(CertificateChecks.Table.Select(row => row.Id), found.Checks.Select(check => check.Name));
    }

    /// <summary>As many mechanisms as a history may have: the reader's accountants come to an end, and PLD is not above RDP.</summary>
    [Fact]
    public void Epsilon_of_the_longest_history_is_computed()
    {
        var phases = Enumerable
            .Range(1, CertificateTerms.MostPhases)
            .Select(i => new CertifiedPhase(0.7 + (0.02 * i), 0.001 * i, 10_000));
        var longest = True with { Mechanism = True.Mechanism with { Phases = [.. phases] } };
        var bounds = CertifiedEpsilon.Compute(longest).Bounds!;
        Assert.InRange(bounds.Pld, 1, bounds.Rdp);
        Assert.True(double.IsFinite(bounds.Rdp));
    }

    [Fact]
    public void Only_the_one_form_is_a_file_of_a_certificate()
    {
        var bytes = Made(True).Write();
        Assert.InRange(bytes.Length, 1, CertificateFile.MaxBytes);
        Assert.True(CertificateFile.IsNamedIn(bytes));
        Assert.Equal(bytes, CertificateFile.Parse(bytes, out _)!.Write());
        Assert.Equal(True.Artifact.Id, CertificateFile.Parse(bytes, out _)!.Read()!.Artifact.Id);
        var text = Encoding.UTF8.GetString(bytes);
        string[] others =
        [
            text.Replace("lace-certificate/1", "lace-certificate/2", StringComparison.Ordinal),
            text.Replace("{\"checkpoint\"", "{\"extra\":1,\"checkpoint\"", StringComparison.Ordinal),
            text.Replace(
                "{\"checkpoint\"",
                "{\"format\":\"lace-certificate/1\",\"checkpoint\"",
                StringComparison.Ordinal
            ),
            text + "x",
            text + new string(' ', CertificateFile.MaxBytes),
            "[]",
            "",
        ];
        foreach (var other in others)
        {
            Assert.Null(CertificateFile.Parse(Encoding.UTF8.GetBytes(other), out var reason));
            Assert.NotNull(reason);
            Failed(
                CertificateVerification.Verify(Encoding.UTF8.GetBytes(other), new(made.Policy)),
                CertificateChecks.Format
            );
        }

        Assert.False(CertificateFile.IsNamedIn(made.Make().Write()));
    }

    [Fact]
    public void One_changed_byte_is_refused_without_an_error()
    {
        var bytes = Made(True).Write();
        var (epsilon, random) = (CertifiedEpsilon.Compute(True), new Random(5));
        for (var i = 0; i < 400; i++)
        {
            var changed = bytes.ToArray();
            var at = random.Next(changed.Length);
            changed[at] = (byte)(changed[at] ^ (1 << random.Next(8)));
            var found = CertificateVerification.Verify(changed, new(made.Policy, epsilon));
            Assert.True(found.Outcome == BundleOutcome.Failed, $"byte {at} became {changed[at]}: {found.Outcome}");
        }
    }

    private CertificateFile Made(PrivacyCertificatePredicate certificate) =>
        made.Certificate(CertificateStatement.Create(certificate));

    private CertificateFindings Verify(
        CertificateFile file,
        LacePolicy? policy = null,
        MerkleHash? artifact = null,
        ComputedEpsilon? epsilon = null
    ) =>
        CertificateVerification.Verify(
            file.Write(),
            new(policy ?? made.Policy, epsilon ?? CertifiedEpsilon.Compute(True), artifact)
        );

    private static PrivacyCertificatePredicate With(EpsilonBounds epsilon) =>
        True with
        {
            Guarantee = True.Guarantee with { Epsilon = epsilon },
        };

    private static CertificateFile Replace(CertificateFile file, SignedStatement signed) =>
        file with
        {
            Statement = file.Statement with { Signed = signed },
        };

    private static CheckStatus Status(CertificateFindings found, string id) =>
        found.Checks.Single(check => check.Name == id).Status;

    private static void Failed(CertificateFindings found, params string[] ids)
    {
        Assert.Equal((BundleOutcome.Failed, null), (found.Outcome, found.Guarantee));
        foreach (var id in ids)
        {
            Assert.True(Status(found, id) == CheckStatus.Failed, $"{id} is {Status(found, id)}");
        }
    }
}
