using System.Text;
using System.Text.Json.Nodes;
using Lace.Cryptography.Json;
using Lace.Evidence.Certificates;
using Lace.Evidence.Statements;
using Lace.Tests.Evidence.Statements;

namespace Lace.Tests.Evidence.Certificates;

public sealed class CertificateStatementTests
{
    private static readonly PrivacyCertificatePredicate Certificate = MadeStatements.Certificate;

    public static TheoryData<string, PrivacyCertificatePredicate> Broken =>
        new()
        {
            { "id", Certificate with { Artifact = Certificate.Artifact with { Id = new string('a', 65) } } },
            { "name", Certificate with { Worker = new("", "1") } },
            { "mechanism", With(mechanism => mechanism with { Sampler = "shuffled" }) },
            { "mechanism", With(mechanism => mechanism with { Neighbours = "replace_one" }) },
            { "mechanism", With(mechanism => mechanism with { Unit = "user" }) },
            { "generator", With(mechanism => mechanism with { Noise = "mersenne-twister" }) },
            { "clipping", With(mechanism => mechanism with { Clipping = (ClippingKind)7 }) },
            { "phases", With(mechanism => mechanism with { Phases = [] }) },
            {
                "phases",
                With(mechanism => mechanism with { Phases = [.. Enumerable.Repeat(mechanism.Phases[0], 65)] })
            },
            { "multiplier", With(mechanism => mechanism with { Phases = [new(0, 0.01, 1108)] }) },
            { "multiplier", With(mechanism => mechanism with { Phases = [new(double.NaN, 0.01, 1108)] }) },
            { "rate", With(mechanism => mechanism with { Phases = [new(1, 1.5, 1108)] }) },
            { "add up", With(mechanism => mechanism with { Phases = [new(1, 0.01, 1107)] }) },
            { "add up", With(mechanism => mechanism with { Phases = [new(1, 0.01, 1109), new(2, 0.01, -1)] }) },
            {
                "add up",
                With(mechanism =>
                    mechanism with
                    {
                        Phases = [new(1, 0.01, long.MaxValue), new(2, 0.01, long.MaxValue), new(3, 0.01, 1110)],
                    }
                )
            },
            { "clipping norm", With(mechanism => mechanism with { ClippingNorm = 0 }) },
            { "clipping norm", With(mechanism => mechanism with { DatasetSize = 0 }) },
            { "expected batch", With(mechanism => mechanism with { ExpectedBatch = 40_001 }) },
            {
                "is not covered",
                With(mechanism => mechanism with { Sampling = SamplingBasis.DeclaredByCaller, DeclaredSteps = 1 })
            },
            { "is not covered", Certificate with { NotCovered = [.. Certificate.NotCovered.Skip(1)] } },
            { "ε", Certificate with { Guarantee = Certificate.Guarantee with { Epsilon = new(-0.1, 1) } } },
            {
                "ε",
                Certificate with
                {
                    Guarantee = Certificate.Guarantee with { Epsilon = new(1, double.PositiveInfinity) },
                }
            },
            { "δ", Certificate with { Guarantee = Certificate.Guarantee with { Delta = 0 } } },
            { "δ", Certificate with { Guarantee = Certificate.Guarantee with { Target = new(double.NaN, "rdp") } } },
            { "accountant", Certificate with { Guarantee = Certificate.Guarantee with { Target = new(8, "gdp") } } },
            { "declared batches", With(mechanism => mechanism with { DeclaredSteps = 1 }) },
            { "declared batches", With(mechanism => mechanism with { DeclaredSteps = -1 }) },
            { "method", Certificate with { Training = Certificate.Training with { Method = "prefix" } } },
            { "root", Certificate with { Training = Certificate.Training with { DatasetRoot = null } } },
            { "count", Certificate with { Artifact = Certificate.Artifact with { Bytes = 0 } } },
        };

    [Fact]
    public void What_is_written_is_read()
    {
        var statement = CertificateStatement.Create(Certificate);
        Assert.Equal(
            (Certificate.Artifact.Id, Certificate.Artifact.Sha256),
            (statement.SubjectName, statement.Subject)
        );
        var read = CertificateStatement.TryRead(statement)!;
        Assert.Equal(statement.Payload.ToArray(), CertificateStatement.Create(read).Payload.ToArray());
        Assert.Equal(Certificate.Mechanism.Phases, read.Mechanism.Phases);
        Assert.Equal(Certificate.IssuedAt, read.IssuedAt);
    }

    [Fact]
    public void The_largest_certificate_keeps_to_its_limit()
    {
        var (id, text) = (new string('i', CertificateTerms.MaxId), new string('語', CertificateTerms.MaxText));
        var phases = Enumerable
            .Range(1, CertificateTerms.MostPhases)
            .Select(i => new CertifiedPhase(Math.PI * i, 0.012345678901234567, 1_000_000_007L + i));
        var largest = Certificate with
        {
            Artifact = Certificate.Artifact with { Id = id },
            Training = Certificate.Training with
            {
                ClientId = id,
                AttestationId = id,
                RunId = id,
                BaseModel = new(text, MadeStatements.Head),
            },
            Mechanism = Certificate.Mechanism with
            {
                Phases = [.. phases],
                ExpectedBatch = 0.012345678901234567 * 40_000,
                Sampling = SamplingBasis.DeclaredByCaller,
                DeclaredSteps = 1,
            },
            Guarantee = Certificate.Guarantee with { Steps = phases.Sum(phase => phase.Steps) },
            Worker = new(text, text),
            NotCovered = NotCoveredPoint.For(SamplingBasis.DeclaredByCaller),
        };
        Assert.NotNull(CertificateStatement.TryRead(CertificateStatement.Create(largest)));
    }

    [Theory]
    [MemberData(nameof(Broken))]
    public void Figures_that_do_not_fit_together_are_neither_written_nor_read(
        string reason,
        PrivacyCertificatePredicate broken
    )
    {
        var refusal = Assert.Throws<ArgumentException>(() => CertificateStatement.Create(broken));
        Assert.Contains(reason, refusal.Message, StringComparison.Ordinal);
        if (Spelled(broken) is { } statement)
        {
            Assert.Null(CertificateStatement.TryRead(statement));
        }
    }

    [Theory]
    [InlineData("predicate", "revoked", "true")]
    [InlineData("predicate.guarantee", "note", "\"of a part only\"")]
    [InlineData("predicate.mechanism.phases.0", "accounted", "false")]
    [InlineData("", "extra", "1")]
    public void A_member_that_is_not_known_is_refused(string path, string name, string value)
    {
        var json = JsonNode.Parse(CertificateStatement.Create(Certificate).Payload.Span)!;
        var place = path.Split('.', StringSplitOptions.RemoveEmptyEntries)
            .Aggregate(json, (node, step) => int.TryParse(step, out var i) ? node[i]! : node[step]!);
        place[name] = JsonNode.Parse(value);
        Assert.Null(CertificateStatement.TryRead(Parsed(json.ToJsonString())!));
    }

    [Theory]
    [InlineData("\"delta\":0.00001", "\"delta\":1e999")]
    [InlineData("\"delta\":0.00001", "\"delta\":\"0.00001\"")]
    [InlineData("\"delta\":0.00001", "\"delta\":null")]
    [InlineData("\"delta\":0.00001", "\"delta\":0.00001,\"delta\":0.00001")]
    [InlineData("\"clipping\":\"automatic\"", "\"clipping\":0")]
    [InlineData("\"clipping\":\"automatic\"", "\"clipping\":\"Automatic\"")]
    [InlineData("\"sampling\":\"enforced_by_worker\"", "\"sampling\":\"enforced_by_worker, declared_by_caller\"")]
    [InlineData("\"steps\":1108", "\"steps\":1108.5")]
    [InlineData("\"steps\":1108", "\"steps\":1e99")]
    public void Another_spelling_is_refused(string from, string to)
    {
        var text = Encoding.UTF8.GetString(CertificateStatement.Create(Certificate).Payload.Span);
        Assert.Contains(from, text, StringComparison.Ordinal);
        var changed = Encoding.UTF8.GetBytes(text.Replace(from, to, StringComparison.Ordinal));
        Assert.True(
            Statement.TryParse(changed, out var statement) != StatementError.None
                || CertificateStatement.TryRead(statement!) is null
        );
    }

    /// <summary>Whatever one byte becomes: refused, or another certificate that is as strictly formed.</summary>
    [Fact]
    public void One_changed_byte_is_never_an_error()
    {
        var payload = CertificateStatement.Create(Certificate).Payload.ToArray();
        var random = new Random(11);
        var read = 0;
        for (var i = 0; i < payload.Length; i++)
        {
            var changed = payload.ToArray();
            changed[i] = (byte)random.Next(256);
            if (
                Statement.TryParse(changed, out var statement) == StatementError.None
                && CertificateStatement.TryRead(statement!) is { } certificate
            )
            {
                Assert.Equal(changed, CertificateStatement.Create(certificate).Payload.ToArray());
                read++;
            }
        }

        Assert.InRange(read, 1, payload.Length / 2);
    }

    [Fact]
    public void Of_another_subject_or_type_it_is_none()
    {
        var other = Statement.Create(
            Certificate.Artifact.Id,
            MadeStatements.Head,
            PredicateTypes.PrivacyCertificate,
            Certificate
        );
        Assert.Null(CertificateStatement.TryRead(other));
        Assert.Null(
            CertificateStatement.TryRead(MadeStatements.Of(PredicateTypes.AuditHead, MadeStatements.AuditHead))
        );
    }

    private static PrivacyCertificatePredicate With(Func<CertifiedMechanism, CertifiedMechanism> change) =>
        Certificate with
        {
            Mechanism = change(Certificate.Mechanism),
        };

    /// <summary>As somebody would write it who has no rules; null where JSON has no such number.</summary>
    private static Statement? Spelled(PrivacyCertificatePredicate broken)
    {
        try
        {
            return Statement.Create("art", broken.Artifact.Sha256, PredicateTypes.PrivacyCertificate, broken);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    private static Statement? Parsed(string json) =>
        Statement.TryParse(CanonicalJson.Canonicalize(Encoding.UTF8.GetBytes(json)), out var statement)
        == StatementError.None
            ? statement
            : null;
}
