using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Lace.Cryptography.Json;
using Lace.Evidence.Datasets;
using Lace.Evidence.Statements;
using Lace.Evidence.Transparency;
using Lace.Tests.Cryptography;

namespace Lace.Tests.Evidence.Statements;

public sealed class StatementTests
{
    [Fact]
    public void What_is_made_is_canonical_and_reads_back_as_it_was()
    {
        foreach (var (_, made) in MadeStatements.All())
        {
            Assert.True(CanonicalJson.IsCanonical(made.Payload.Span));
            Assert.Equal(StatementError.None, Statement.TryParse(made.Payload, out var read));
            Assert.Equal(made.SubjectName, read!.SubjectName);
            Assert.Equal(made.Subject, read.Subject);
            Assert.Equal(made.PredicateType, read.PredicateType);
            Assert.Equal(made.PaeDigest, read.PaeDigest);
            Assert.Equal(
                $"DSSEv1 28 application/vnd.in-toto+json {made.Payload.Length} ",
                Encoding.UTF8.GetString(read.Pae.Span[..^made.Payload.Length])
            );
        }
    }

    [Fact]
    public void A_predicate_reads_back_as_its_record_and_as_no_other()
    {
        RoundTrip(PredicateTypes.Dataset, MadeStatements.Dataset);
        RoundTrip(PredicateTypes.RunStart, MadeStatements.RunStart);
        RoundTrip(PredicateTypes.RunEnd, MadeStatements.RunEnd);
        RoundTrip(PredicateTypes.Verification, MadeStatements.Verification);
        RoundTrip(PredicateTypes.Report, MadeStatements.Report);
        RoundTrip(PredicateTypes.AuditHead, MadeStatements.AuditHead);
        var report = MadeStatements.Of(PredicateTypes.Report, MadeStatements.Report);
        Assert.False(report.TryRead(PredicateTypes.AuditHead, out _));
    }

    [Fact]
    public void Every_member_of_a_predicate_that_has_to_be_there_is_missed()
    {
        var missed = 0;
        missed += Missed(PredicateTypes.Dataset, MadeStatements.Dataset);
        missed += Missed(PredicateTypes.RunStart, MadeStatements.RunStart);
        missed += Missed(PredicateTypes.RunEnd, MadeStatements.RunEnd);
        missed += Missed(PredicateTypes.Verification, MadeStatements.Verification);
        missed += Missed(PredicateTypes.Report, MadeStatements.Report);
        missed += Missed(PredicateTypes.AuditHead, MadeStatements.AuditHead);
        Vectors.Print($"{missed} required members of predicates, each missed when absent");
        Assert.True(missed > 100, $"{missed}");
    }

    [Theory]
    [InlineData("\"created_at\":\"2026-11-20T13:51:30.125+00:00\"")]
    [InlineData("\"created_at\":\"2026-11-20T13:51:30.125\"")]
    [InlineData("\"created_at\":1")]
    public void A_time_in_another_spelling_is_refused(string member)
    {
        var statement = MadeStatements.Of(PredicateTypes.Report, MadeStatements.Report);
        var text = Encoding.UTF8.GetString(statement.Payload.Span);
        const string Good = "\"created_at\":\"2026-11-20T13:51:30.125Z\"";
        Assert.Contains(Good, text, StringComparison.Ordinal);
        var other = text.Replace(Good, member, StringComparison.Ordinal);
        Assert.Equal(StatementError.None, Statement.TryParse(Encoding.UTF8.GetBytes(other), out var read));
        Assert.False(read!.TryRead(PredicateTypes.Report, out _));
    }

    [Theory]
    [InlineData("", StatementError.NotJson)]
    [InlineData("{", StatementError.NotJson)]
    [InlineData("{}", StatementError.WrongType)]
    [InlineData("[]", StatementError.WrongType)]
    [InlineData("""{ "_type":"https://in-toto.io/Statement/v1"}""", StatementError.NotCanonical)]
    [InlineData("""{"_type":"https://in-toto.io/Statement/v1"}""", StatementError.BadSubject)]
    [InlineData("""{"_type":"a","_type":"a"}""", StatementError.DuplicateMember)]
    [InlineData("""{"_type":"\ud800"}""", StatementError.NotJson)]
    [InlineData("""{"_type":"https://in-toto.io/Statement/v0.1"}""", StatementError.WrongType)]
    public void Bytes_that_are_no_statement_are_refused_for_their_reason(string payload, StatementError reason)
    {
        Assert.Equal(reason, Statement.TryParse(Encoding.UTF8.GetBytes(payload), out var statement));
        Assert.Null(statement);
    }

    [Theory]
    [InlineData("subject", null, StatementError.BadSubject)]
    [InlineData("subject", "[]", StatementError.BadSubject)]
    [InlineData("subject", "{}", StatementError.BadSubject)]
    [InlineData("subject", "[1]", StatementError.BadSubject)]
    [InlineData("subject", """[{"name":"a"}]""", StatementError.BadSubject)]
    [InlineData("subject", """[{"digest":{"sha256":1},"name":"a"}]""", StatementError.BadSubject)]
    [InlineData("subject", """[{"digest":{"sha256":"00"},"name":"a"}]""", StatementError.BadSubject)]
    [InlineData("_type", "1", StatementError.WrongType)]
    [InlineData("predicateType", null, StatementError.NoPredicate)]
    [InlineData("predicateType", "1", StatementError.NoPredicate)]
    [InlineData("predicate", null, StatementError.NoPredicate)]
    [InlineData("predicate", "[]", StatementError.NoPredicate)]
    public void A_statement_with_a_wrong_member_is_refused_for_its_reason(
        string member,
        string? value,
        StatementError reason
    )
    {
        var made = MadeStatements.Of(PredicateTypes.Report, MadeStatements.Report);
        var json = JsonNode.Parse(made.Payload.Span)!.AsObject();
        json.Remove(member);
        if (value is not null)
        {
            json[member] = JsonNode.Parse(value);
        }

        var payload = CanonicalJson.Canonicalize(Encoding.UTF8.GetBytes(json.ToJsonString()));
        Assert.Equal(reason, Statement.TryParse(payload, out _));
    }

    [Fact]
    public void Two_subjects_are_refused_and_a_member_that_nobody_knows_is_not()
    {
        var made = MadeStatements.Of(PredicateTypes.Report, MadeStatements.Report);
        var json = JsonNode.Parse(made.Payload.Span)!.AsObject();
        json["zz"] = 1;
        json["predicate"]!["zz"] = 1;
        var payload = CanonicalJson.Canonicalize(Encoding.UTF8.GetBytes(json.ToJsonString()));
        Assert.Equal(StatementError.None, Statement.TryParse(payload, out var read));
        Assert.True(read!.TryRead(PredicateTypes.Report, out var report));
        Assert.Equal(MadeStatements.Report, report);

        json["subject"]!.AsArray().Add(json["subject"]![0]!.DeepClone());
        payload = CanonicalJson.Canonicalize(Encoding.UTF8.GetBytes(json.ToJsonString()));
        Assert.Equal(StatementError.BadSubject, Statement.TryParse(payload, out _));
    }

    [Fact]
    public void A_payload_over_the_limit_is_refused_and_cannot_be_made()
    {
        var large = MadeStatements.Report with { Verdict = new string('a', Statement.MaxPayloadBytes) };
        Assert.Throws<ArgumentException>(() => MadeStatements.Of(PredicateTypes.Report, large));
        Assert.Equal(
            StatementError.TooLarge,
            Statement.TryParse(new byte[Statement.MaxPayloadBytes + 1], out var statement)
        );
        Assert.Null(statement);
    }

    [Fact]
    public void What_a_tenant_writes_freely_does_not_fill_the_payload()
    {
        var metadata = MadeStatements.Pairs(50, 490);
        var scripts = Enumerable.Range(0, 200).ToDictionary(i => new string('\u0001', 40) + i, i => i / 200.0);
        var hostile = MadeStatements.Dataset with
        {
            Metadata = metadata,
            Dataset = MadeStatements.Dataset.Dataset with
            {
                Statistics = MadeStatements.Dataset.Dataset.Statistics with { Scripts = scripts },
            },
        };
        var statement = MadeStatements.Of(PredicateTypes.Dataset, hostile);
        Assert.True(statement.TryRead(PredicateTypes.Dataset, out var signed));
        Assert.Null(signed.Metadata);
        Assert.NotNull(signed.MetadataSha256);
        Assert.Equal([new string('\u0001', 40) + 199], signed.Dataset.Statistics.Scripts.Keys);

        var run = MadeStatements.RunStart with { Client = MadeStatements.Pairs(20, 200) };
        Assert.True(MadeStatements.Of(PredicateTypes.RunStart, run).TryRead(PredicateTypes.RunStart, out var start));
        Assert.Null(start.Client);
        Assert.NotNull(start.ClientSha256);
    }

    [Fact]
    public void Of_a_long_list_the_first_are_signed_and_the_others_counted()
    {
        var gaps = MadeStatements.Gaps(1000);
        var end = MadeStatements.Of(PredicateTypes.RunEnd, MadeStatements.RunEnd with { Gaps = gaps });
        Assert.True(end.TryRead(PredicateTypes.RunEnd, out var signed));
        Assert.Equal((16, 984), (signed.Gaps.Count, signed.GapsOmitted));

        var many = MadeStatements.Result(steps: 25_000);
        var result = SignedResult.Of(
            many with
            {
                Run = many.Run with { Gaps = gaps },
                OtherRuns = [.. Enumerable.Range(0, 17).Select(i => $"run-{i}")],
            }
        );
        Assert.Equal((16, 24_984), (result.Undeclared.Steps.Count, result.UndeclaredStepsOmitted));
        Assert.Equal((16, 984), (result.Run.Gaps.Count, result.GapsOmitted));
        Assert.Equal((16, 1, "run-15"), (result.OtherRuns.Count, result.OtherRunsOmitted, result.OtherRuns[15]));

        var few = SignedResult.Of(MadeStatements.Result(steps: 16));
        Assert.Equal((16, null), (few.Undeclared.Steps.Count, few.UndeclaredStepsOmitted));
    }

    [Theory]
    [InlineData('a', 1)]
    [InlineData('"', 2)]
    [InlineData('漢', 3)]
    [InlineData('\u0001', 6)]
    public void A_sentence_is_cut_by_what_it_takes_in_a_payload(char letter, int bytes)
    {
        var fits = new string(letter, StatementLimits.SentenceBytes / bytes);
        Assert.Equal(fits, Detail(fits));
        var cut = Detail(new string(letter, 1000));
        Assert.Equal(new string(letter, (StatementLimits.SentenceBytes - 3) / bytes) + '…', cut);
    }

    [Fact]
    public void A_sentence_is_not_cut_within_a_character()
    {
        var pairs = string.Concat(Enumerable.Repeat("😀", 100));
        Assert.Equal(pairs[..(2 * 79)] + '…', Detail(pairs));
    }

    [Fact]
    public void The_first_steps_of_a_plan_are_signed_by_their_digest()
    {
        var prediction = new PlanPrediction(2, default, [default, default, default], 2, false, [1.5, 2]);
        var digest = new MerkleHash(SHA256.HashData("[1.5,2]"u8));
        Assert.Equal(digest, SignedPrediction.Of(prediction).FirstStepsSha256);
        Assert.Null(SignedPrediction.Of(prediction with { FirstSteps = null }).FirstStepsSha256);
    }

    [Fact]
    public void No_changed_byte_leaves_a_statement_what_it_was()
    {
        var made = MadeStatements.Of(PredicateTypes.AuditHead, MadeStatements.AuditHead);
        for (var i = 0; i < made.Payload.Length; i++)
        {
            var changed = made.Payload.ToArray();
            changed[i] ^= 1;
            var error = Statement.TryParse(changed, out var statement);
            Assert.True(error == StatementError.None == statement is not null);
            Assert.NotEqual(made.PaeDigest, statement?.PaeDigest);
        }
    }

    [Fact]
    public void Random_and_truncated_bytes_are_refused_without_a_crash()
    {
        var random = new Random(1);
        var made = MadeStatements.Of(PredicateTypes.Verification, MadeStatements.Verification).Payload.ToArray();
        for (var i = 0; i < 500; i++)
        {
            var noise = new byte[random.Next(200)];
            random.NextBytes(noise);
            Assert.NotEqual(StatementError.None, Statement.TryParse(noise, out _));
            Assert.NotEqual(StatementError.None, Statement.TryParse(made.AsMemory(0, random.Next(made.Length)), out _));
        }

        var deep = Encoding.ASCII.GetBytes(new string('[', 40_000));
        Assert.Equal(StatementError.NotJson, Statement.TryParse(deep, out _));
    }

    private static string Detail(string sentence)
    {
        var result = MadeStatements.Result(steps: 0);
        var check = Assert.Single(result.Checks) with { Detail = sentence };
        var signed = SignedResult.Of(result with { Checks = [check], Reason = sentence });
        Assert.Equal(signed.Reason, signed.Checks[0].Detail);
        return signed.Reason;
    }

    private static void RoundTrip<T>(PredicateType<T> type, T predicate)
        where T : class
    {
        var made = MadeStatements.Of(type, predicate);
        Assert.True(made.TryRead(type, out var read));
        Assert.Equal(made.Payload, MadeStatements.Of(type, read).Payload);
        Assert.Equal(Encoding.UTF8.GetString(made.Payload.Span), Payload(type, read));
    }

    private static string Payload<T>(PredicateType<T> type, T predicate)
        where T : class => Encoding.UTF8.GetString(MadeStatements.Of(type, predicate).Payload.Span);

    // Removes each member at any depth in turn; those that may be absent are in the list of the schema's optional ones.
    private static int Missed<T>(PredicateType<T> type, T predicate)
        where T : class
    {
        var made = MadeStatements.Of(type, predicate);
        var missed = 0;
        foreach (var path in JsonPaths.Members(JsonNode.Parse(made.Payload.Span)!["predicate"]!))
        {
            var json = JsonNode.Parse(made.Payload.Span)!;
            JsonPaths.Remove(json["predicate"]!, path);
            var payload = CanonicalJson.Canonicalize(Encoding.UTF8.GetBytes(json.ToJsonString()));
            Assert.Equal(StatementError.None, Statement.TryParse(payload, out var read));
            var mayBeAbsent = JsonPaths.Optional.Contains(JsonPaths.Name(path));
            Assert.True(read!.TryRead(type, out _) == mayBeAbsent, JsonPaths.Name(path));
            missed += mayBeAbsent ? 0 : 1;
        }

        return missed;
    }
}
