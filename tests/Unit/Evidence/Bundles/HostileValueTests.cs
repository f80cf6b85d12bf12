using System.Text;
using System.Text.Json.Nodes;
using Lace.Cryptography.Json;
using Lace.Evidence.Bundles;
using Lace.Evidence.Statements;
using Lace.Evidence.Verification;
using Lace.Tests.Evidence.Statements;

namespace Lace.Tests.Evidence.Bundles;

/// <summary>Every place of a file that a stranger hands over, holding what no honest writer puts there: an answer, never a crash.</summary>
public sealed class HostileValueTests(ITestOutputHelper output)
{
    private static readonly MadeBundle Made = new();
    private static readonly EvidenceBundle Bundle = Made.Make();
    private static readonly OfferedRunLog Log = MadeBundle.RunLog(MadeBundle.RunLogBytes());

    private static readonly string[] Values =
    [
        "null",
        "[null]",
        "{}",
        "\"\\ud800\"",
        "-1",
        "1e400",
        "9223372036854775807",
    ];

    [Fact]
    public void No_value_in_a_bundle_crashes_the_verifier()
    {
        var tried = 0;
        foreach (var (json, what) in Changed(Bundle.Write()))
        {
            // What the bundle says of the run-log file shows with that file alone.
            var log = what.StartsWith("recompute", StringComparison.Ordinal) ? Log : null;
            var found = BundleVerification.Verify(json, new(Made.Policy, log));
            Assert.True(found.Outcome == BundleOutcome.Failed, what);
            tried++;
        }

        output.WriteLine($"{tried} bundles");
    }

    [Fact]
    public void No_value_in_a_payload_crashes_the_verifier()
    {
        var tried = 0;
        for (var i = 0; i < Bundle.Statements.Count; i++)
        {
            foreach (var (json, what) in Changed(Bundle.Statements[i].Signed.Payload))
            {
                if (CanonicalJson.TryCanonicalize(json, out var payload) != CanonicalJsonError.None)
                {
                    payload = json;
                }

                var statements = Bundle.Statements.ToArray();
                statements[i] = statements[i] with { Signed = statements[i].Signed with { Payload = payload } };
                var found = BundleVerification.Verify(
                    Bundle with
                    {
                        Statements = statements,
                    },
                    new(Made.Policy, what.EndsWith("[null]", StringComparison.Ordinal) ? Log : null)
                );
                Assert.True(
                    found.Outcome == BundleOutcome.Failed
                        || payload.AsSpan().SequenceEqual(Bundle.Statements[i].Signed.Payload.Span),
                    $"{BundleChecks.Kinds[i]} {what}"
                );
                tried++;
            }
        }

        output.WriteLine($"{tried} payloads");
    }

    [Fact]
    public void No_value_in_a_policy_crashes_its_reader()
    {
        var policy = Made.Policy with { Witnesses = new(1, [Made.WitnessKey]) };
        foreach (var (json, what) in Changed(policy.Write()))
        {
            Assert.True(LacePolicy.Parse(json, out var reason) is not null || reason is { Length: > 0 }, what);
        }
    }

    [Fact]
    public void No_value_in_a_run_log_crashes_its_reader()
    {
        var lines = Encoding.UTF8.GetString(MadeBundle.RunLogBytes()).Split('\n');
        for (var i = 0; i < lines.Length - 1; i += i < 1 ? 1 : lines.Length - 4)
        {
            foreach (var (json, what) in Changed(Encoding.UTF8.GetBytes(lines[i])))
            {
                var changed = lines.ToArray();
                changed[i] = Encoding.UTF8.GetString(json);
                var offered = MadeBundle.RunLog(Encoding.UTF8.GetBytes(string.Join('\n', changed)));
                var found = BundleVerification.Verify(Bundle, new(Made.Policy, offered));
                Assert.True(found.Outcome == BundleOutcome.Failed || changed[i] == lines[i], $"line {i}: {what}");
            }
        }
    }

    /// <summary>The document with every value replaced in turn by each of the hostile ones, and every member renamed.</summary>
    private static IEnumerable<(byte[] Json, string What)> Changed(ReadOnlyMemory<byte> json)
    {
        const string Mark = "\"@@@\"";
        var original = JsonNode.Parse(json.Span)!;
        var whole = JsonPaths.Members(original).Concat(JsonPaths.Leaves(original)).DistinctBy(JsonPaths.Name).ToArray();
        foreach (var path in whole)
        {
            var marked = original.DeepClone();
            JsonPaths.Set(marked, path, "@@@");
            var text = marked.ToJsonString();
            foreach (var value in Values)
            {
                yield return (
                    Encoding.UTF8.GetBytes(text.Replace(Mark, value, StringComparison.Ordinal)),
                    $"{JsonPaths.Name(path)} = {value}"
                );
            }

            if (path[^1] is string name)
            {
                yield return (
                    Encoding.UTF8.GetBytes(
                        original.ToJsonString().Replace($"\"{name}\":", "\"\\ud800\":", StringComparison.Ordinal)
                    ),
                    $"{JsonPaths.Name(path)} renamed"
                );
            }
        }
    }
}
