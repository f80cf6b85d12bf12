using System.Text;
using System.Text.Json.Nodes;
using Lace.Evidence.Bundles;
using Lace.Evidence.Transparency.Notes;

namespace Lace.Tests.Evidence.Bundles;

public sealed class LacePolicyTests
{
    private readonly MadeBundle made = new();

    [Fact]
    public void Reads_what_it_writes()
    {
        var policy = made.Policy with { Witnesses = new(1, [made.WitnessKey]) };
        var read = LacePolicy.Parse(policy.Write(), out var reason);
        Assert.Null(reason);
        Assert.Equal(policy.Write(), read!.Write());
        Assert.Equal(policy.StatementKeys.Select(key => key.Id), read.StatementKeys.Select(key => key.Id));
        Assert.Equal(policy.Log.Keys, read.Log.Keys);
        Assert.Equal(1, read.Witnesses.Quorum);
        Assert.Equal(policy.Require, read.Require);
    }

    [Fact]
    public void Refuses_every_other_form_with_a_reason()
    {
        (string What, Action<JsonObject> Change)[] changes =
        [
            ("another format", file => file["format"] = "lace-policy/2"),
            ("an unknown member", file => file["trust"] = "all"),
            ("a missing member", file => file.Remove("witnesses")),
            ("no keys", file => file["statement_keys"] = new JsonArray()),
            ("a key twice", file => file["statement_keys"]!.AsArray().Add(file["statement_keys"]![0]!.DeepClone())),
            ("an unknown algorithm", file => file["statement_keys"]![0]!["algorithm"] = "rsa"),
            ("a key of another algorithm", file => file["statement_keys"]![0]!["algorithm"] = "mldsa65-ed25519"),
            ("a broken key", file => file["statement_keys"]![0]!["public_key"] = "AAAA"),
            ("no begin of validity", file => file["statement_keys"]![0]!.AsObject().Remove("valid_from")),
            ("a time without zone", file => file["statement_keys"]![0]!["valid_from"] = "2026-11-20T13:45:01"),
            ("nothing required", file => file["require"] = new JsonArray()),
            ("an unknown requirement", file => file["require"] = new JsonArray("p384")),
            ("a requirement twice", file => file["require"] = new JsonArray("p256", "p256")),
            ("a requirement without key", file => file["statement_keys"]!.AsArray().RemoveAt(1)),
            ("no key of the log", file => file["log"]!["vkeys"] = new JsonArray()),
            ("no Ed25519 key of the log", file => file["log"]!["vkeys"]!.AsArray().RemoveAt(0)),
            ("keys of another log", file => file["log"]!["origin"] = "log.example/1"),
            ("a broken vkey", file => file["log"]!["vkeys"]![0] = "log.localhost/1a2b3c4d+00000000+AQ=="),
            ("a quorum of nobody", file => file["witnesses"]!["quorum"] = 1),
            ("a negative quorum", file => file["witnesses"]!["quorum"] = -1),
            (
                "the log as its own witness",
                file =>
                {
                    file["witnesses"]!["vkeys"] = new JsonArray(file["log"]!["vkeys"]![1]!.DeepClone());
                    file["witnesses"]!["quorum"] = 1;
                }
            ),
            (
                "one witness under two names",
                file =>
                    file["witnesses"]!["vkeys"] = new JsonArray(
                        made.WitnessKey.ToString(),
                        VerifierKey
                            .Create("other.example", made.WitnessKey.Type, made.WitnessKey.PublicKey.Span)!
                            .ToString()
                    )
            ),
            (
                "a key that cosigns nothing",
                file => file["witnesses"]!["vkeys"] = new JsonArray(file["log"]!["vkeys"]![0]!.DeepClone())
            ),
        ];
        foreach (var (what, change) in changes)
        {
            var file = JsonNode.Parse(made.Policy.Write())!.AsObject();
            change(file);
            Assert.True(LacePolicy.Parse(Encoding.UTF8.GetBytes(file.ToJsonString()), out var reason) is null, what);
            Assert.False(string.IsNullOrEmpty(reason), what);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{\"format\":\"lace-policy/1\",\"format\":\"lace-policy/1\"}")]
    public void Refuses_what_is_no_policy_at_all(string text)
    {
        Assert.Null(LacePolicy.Parse(Encoding.UTF8.GetBytes(text), out var reason));
        Assert.NotNull(reason);
    }

    [Fact]
    public void Refuses_a_huge_file()
    {
        Assert.Null(LacePolicy.Parse(new byte[LacePolicy.MaxBytes + 1], out var reason));
        Assert.Contains("more than", reason, StringComparison.Ordinal);
    }
}
