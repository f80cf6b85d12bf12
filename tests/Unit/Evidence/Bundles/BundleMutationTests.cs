using System.Text;
using System.Text.Json.Nodes;
using Lace.Cryptography.Json;
using Lace.Evidence.Bundles;
using Lace.Evidence.Statements;
using Lace.Evidence.Verification;
using Lace.Tests.Evidence.Verification;

namespace Lace.Tests.Evidence.Bundles;

/// <summary>Every field of a bundle, found by walking its JSON, is changed in turn: the check of that field must fail.</summary>
public sealed class BundleMutationTests(ITestOutputHelper output)
{
    private static readonly MadeBundle Made = new();
    private static readonly EvidenceBundle Bundle = Made.Make();
    private static readonly OfferedRunLog Log = MadeBundle.RunLog(MadeBundle.RunLogBytes());

    [Fact]
    public void Every_changed_value_fails_the_check_of_its_field()
    {
        var fields = 0;
        foreach (var path in Paths(JsonNode.Parse(Bundle.Write())!))
        {
            var file = JsonNode.Parse(Bundle.Write())!;
            Change(file, path);
            var found = Verify(file, path[0] == "recompute");
            var expected = Expected(path);
            Assert.True(
                found.Checks.Any(check => check.Name == expected && check.Status == CheckStatus.Failed),
                $"{string.Join('.', path)}: {expected} did not fail"
            );
            Assert.Equal((BundleOutcome.Failed, null), (found.Outcome, found.Verdict));
            fields++;
        }

        output.WriteLine($"{fields} fields");
        Assert.InRange(fields, 80, 1000);
    }

    [Fact]
    public void Every_changed_value_inside_a_payload_fails_both_signatures_and_both_leaves()
    {
        var fields = 0;
        for (var i = 0; i < Bundle.Statements.Count; i++)
        {
            var payload = JsonNode.Parse(Bundle.Statements[i].Signed.Payload.Span)!;
            foreach (var path in Paths(payload))
            {
                var changed = payload.DeepClone();
                Change(changed, path);
                var canonical = CanonicalJson.Canonicalize(Encoding.UTF8.GetBytes(changed.ToJsonString()));
                AssertUnbelieved(i, Bundle.Statements[i].Signed with { Payload = canonical }, string.Join('.', path));
                fields++;
            }
        }

        output.WriteLine($"{fields} fields of payloads");
        Assert.InRange(fields, 200, 5000);
    }

    [Fact]
    public void A_payload_signed_again_with_the_keys_of_an_attacker_fails_whatever_key_id_he_writes()
    {
        var attacker = new MadeBundle();
        for (var i = 0; i < Bundle.Statements.Count; i++)
        {
            var original = Bundle.Statements[i].Signed;
            Assert.Equal(StatementError.None, Statement.TryParse(original.Payload, out var statement));
            var signed = attacker.Sign(statement!);
            AssertUnbelieved(i, signed, "own key ids");
            AssertUnbelieved(
                i,
                signed with
                {
                    P256 = signed.P256 with { KeyId = original.P256.KeyId },
                    Hybrid = signed.Hybrid with { KeyId = original.Hybrid.KeyId },
                },
                "our key ids"
            );
        }
    }

    [Fact]
    public void A_member_that_is_missing_unknown_or_there_twice_is_no_bundle()
    {
        var json = Encoding.UTF8.GetString(Bundle.Write());
        var members = 0;
        foreach (var path in Members(JsonNode.Parse(json)!))
        {
            var file = JsonNode.Parse(json)!;
            var parent = (JsonObject)At(file, path[..^1])!;
            parent.Remove(path[^1]);
            AssertNoBundle(Encoding.UTF8.GetBytes(file.ToJsonString()), string.Join('.', path));
            parent["unknown"] = 1;
            members++;
        }

        AssertNoBundle(
            Encoding.UTF8.GetBytes(
                json.Replace("{\"attestation_id\"", "{\"x\":1,\"attestation_id\"", StringComparison.Ordinal)
            ),
            "unknown"
        );
        AssertNoBundle(
            Encoding.UTF8.GetBytes(
                json.Replace("{\"attestation_id\"", "{\"run_id\":\"x\",\"attestation_id\"", StringComparison.Ordinal)
            ),
            "twice"
        );
        AssertNoBundle(Encoding.UTF8.GetBytes(json + "{}"), "more after it");
        AssertNoBundle(Encoding.UTF8.GetBytes(json.Replace("==\"", "=\"", StringComparison.Ordinal)), "other base64");
        output.WriteLine($"{members} members");
    }

    [Fact]
    public void Hostile_sizes_and_random_bytes_are_refused_without_a_crash()
    {
        AssertNoBundle([], "empty");
        AssertNoBundle(new byte[EvidenceBundle.MaxBytes + 1], "zeros");
        AssertNoBundle(Encoding.UTF8.GetBytes(new string('[', 60_000)), "deep");
        AssertNoBundle(
            [.. Bundle.Write(), .. Enumerable.Repeat((byte)' ', EvidenceBundle.MaxBytes)],
            "padded beyond the limit"
        );
        var random = new Random(11);
        for (var i = 0; i < 200; i++)
        {
            var bytes = Bundle.Write();
            bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            var found = BundleVerification.Verify(bytes, new(Made.Policy));
            Assert.True(found.Outcome == BundleOutcome.Failed || bytes.AsSpan().SequenceEqual(Bundle.Write()));
        }
    }

    [Fact]
    public void Every_character_of_the_checkpoint_counts()
    {
        var changes = 0;
        for (var i = 0; i < Bundle.Checkpoint.Length; i += i < 200 ? 1 : 131)
        {
            var text = new StringBuilder(Bundle.Checkpoint);
            text[i] = text[i] == 'A' ? 'B' : 'A';
            var found = BundleVerification.Verify(Bundle with { Checkpoint = text.ToString() }, new(Made.Policy));
            Assert.True(found.Outcome == BundleOutcome.Failed, $"character {i}");
            Assert.Equal(CheckStatus.Failed, found.Checks.Single(check => check.Name == "log.checkpoint").Status);
            changes++;
        }

        output.WriteLine($"{changes} characters");
    }

    [Fact]
    public void A_statement_of_another_run_of_the_same_service_does_not_fit_in()
    {
        var policy = Made.Policy;
        for (var i = 0; i < EvidenceBundle.RunStatements; i++)
        {
            var kind = BundleChecks.Kinds[i];
            var other = Retold(i);
            var statements = Bundle.Statements.ToArray();
            statements[i] = statements[i] with { Signed = other };
            var found = BundleVerification.Verify(Bundle with { Statements = statements }, new(policy));
            Assert.Equal(
                CheckStatus.Passed,
                found.Checks.Single(check => check.Name == BundleChecks.Statement(kind, "p256")).Status
            );
            Assert.Equal(CheckStatus.Failed, found.Checks.Single(check => check.Name == "binding.ids").Status);
            Assert.Equal(
                CheckStatus.Failed,
                found.Checks.Single(check => check.Name == BundleChecks.Statement(kind, "p256_logged")).Status
            );
        }
    }

    /// <summary>The statement with the ids of another run, with good signatures.</summary>
    private static SignedStatement Retold(int i)
    {
        var json = Encoding.UTF8.GetString(Bundle.Statements[i].Signed.Payload.Span);
        var other = json.Replace(TrainedRun.Id, "run-20261120-134601-zzzzzz", StringComparison.Ordinal)
            .Replace(TrainedRun.AttestationId, "lace-20261120-134501-zzzzzz", StringComparison.Ordinal);
        Assert.Equal(StatementError.None, Statement.TryParse(Encoding.UTF8.GetBytes(other), out var statement));
        return Made.Sign(statement!);
    }

    private static void AssertUnbelieved(int i, SignedStatement signed, string what)
    {
        var statements = Bundle.Statements.ToArray();
        statements[i] = statements[i] with { Signed = signed };
        var found = BundleVerification.Verify(Bundle with { Statements = statements }, new(Made.Policy));
        Assert.Equal(BundleOutcome.Failed, found.Outcome);
        var kind = BundleChecks.Kinds[i];
        var readable = found.Checks.Single(check => check.Name == BundleChecks.Statement(kind, "format")).Passed;
        foreach (var part in (string[])["p256", "hybrid", "p256_logged", "hybrid_logged"])
        {
            var check = found.Checks.Single(check => check.Name == BundleChecks.Statement(kind, part));
            Assert.True(
                check.Status == CheckStatus.Failed || (!check.Passed && (!readable || part == "p256_logged")),
                $"{kind} {what}: {part} is {check.Status}"
            );
        }
    }

    private static void AssertNoBundle(byte[] bytes, string what)
    {
        var found = BundleVerification.Verify(bytes, new(Made.Policy));
        Assert.True(found.Checks[0] is { Name: "bundle.format", Status: CheckStatus.Failed }, what);
        Assert.All(found.Checks.Skip(1), check => Assert.Equal(CheckStatus.NotChecked, check.Status));
    }

    private static BundleFindings Verify(JsonNode file, bool withLog) =>
        BundleVerification.Verify(Encoding.UTF8.GetBytes(file.ToJsonString()), new(Made.Policy, withLog ? Log : null));

    /// <summary>Which check a field of the bundle belongs to.</summary>
    private static string Expected(string[] path) =>
        path switch
        {
            ["format"] or ["run_id"] or [_, _, "from"] => "bundle.format",
            ["attestation_id"] => "binding.ids",
            ["checkpoint"] => "log.checkpoint",
            ["consistency", _] => "log.order",
            ["recompute", "run_log", _] => "run_log.digest",
            ["statements", var i, "payload"] => OfStatement(i, "format"),
            ["statements", var i, var signature, "log", ..] => OfStatement(i, signature + "_logged"),
            ["statements", var i, var signature, _] => OfStatement(i, signature),
            _ => throw new ArgumentOutOfRangeException(nameof(path), string.Join('.', path)),
        };

    private static string OfStatement(string place, string part) =>
        BundleChecks.Statement(BundleChecks.Kinds[int.Parse(place)], part);

    private static IEnumerable<string[]> Paths(JsonNode node) =>
        node switch
        {
            JsonObject members => members.SelectMany(member =>
                member.Value is null ? [] : Paths(member.Value).Select(path => (string[])[member.Key, .. path])
            ),
            JsonArray items => items.SelectMany(
                (item, i) => item is null ? [] : Paths(item).Select(path => (string[])[$"{i}", .. path])
            ),
            _ =>
            [
                [],
            ],
        };

    private static IEnumerable<string[]> Members(JsonNode node) =>
        node switch
        {
            JsonObject members => members.SelectMany(member =>
                Members(member.Value!).Select(path => (string[])[member.Key, .. path]).Prepend([member.Key])
            ),
            JsonArray items => items.SelectMany(
                (item, i) => Members(item!).Select(path => (string[])[$"{i}", .. path])
            ),
            _ => [],
        };

    private static JsonNode? At(JsonNode node, string[] path) =>
        path.Aggregate(node, (at, step) => at is JsonArray items ? items[int.Parse(step)]! : at[step]!);

    private static void Change(JsonNode file, string[] path)
    {
        var value = At(file, path)!.AsValue();
        value.ReplaceWith(
            value.GetValueKind() switch
            {
                System.Text.Json.JsonValueKind.String => JsonValue.Create(Changed(value.GetValue<string>())),
                System.Text.Json.JsonValueKind.Number => JsonValue.Create(value.GetValue<double>() + 1),
                System.Text.Json.JsonValueKind.True => JsonValue.Create(false),
                _ => JsonValue.Create(true),
            }
        );
    }

    // The first letter: a change that leaves base64 and hex what they are.
    private static string Changed(string text) => text.Length == 0 ? "x" : (text[0] == 'a' ? 'b' : 'a') + text[1..];
}
