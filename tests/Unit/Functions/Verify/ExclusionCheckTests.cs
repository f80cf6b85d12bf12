using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Lace.Cli;
using Lace.Cli.Attest;
using Lace.Cli.Exclusion;
using Lace.Cli.Verify;
using Lace.Evidence.Datasets;
using Lace.Evidence.Fingerprints;
using Lace.Functions.Storage;
using Lace.Functions.Verify;
using Lace.Tests.Cli;
using Lace.Tests.Evidence.Fingerprints;
using Microsoft.Extensions.DependencyInjection;

namespace Lace.Tests.Functions.Verify;

/// <summary><c>lace attest</c>, <c>lace check</c> and <c>lace verify --offline</c> with the real application.</summary>
public sealed class ExclusionCheckTests : IAsyncLifetime
{
    private ExclusionWorld world = null!;

    public async ValueTask InitializeAsync() => world = await ExclusionWorld.StartAsync();

    public ValueTask DisposeAsync() => world.DisposeAsync();

    [Theory]
    [InlineData(FingerprintTier.Private)]
    [InlineData(FingerprintTier.Public)]
    [InlineData(FingerprintTier.Keyed)]
    public async Task A_member_is_present_and_a_stranger_clear_and_both_proofs_hold_offline(FingerprintTier tier)
    {
        var records = ExclusionWorld.Records(1, 400);
        var id = await world.AttestAsync(records, new FilterRequest(tier, FilterAccess.Callers));
        world.Cli.Write("member.txt", "Quoted: " + records[17].ToUpperInvariant() + " -- end");
        world.Cli.Write("stranger.txt", ExclusionWorld.Records(2, 1)[0]);

        Assert.Equal(ExitCode.Present, await world.CheckAsync(id, "member.txt", "member.proof.json"));
        var text = world.Cli.Output.ToString();
        Assert.Contains("member.txt: PRESENT", text, StringComparison.Ordinal);
        Assert.Contains("  found  bytes ", text, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Present, await world.OfflineAsync("member.proof.json", "member.txt"));
        Assert.Equal(ExitCode.Ok, await world.CheckAsync(id, "stranger.txt", "stranger.proof.json"));
        Assert.Equal(ExitCode.Ok, await world.OfflineAsync("stranger.proof.json", "stranger.txt"));
        Assert.Equal(ExitCode.Ok, await world.OfflineAsync("stranger.proof.json", null));
        Assert.Equal(ExitCode.EvidenceFailed, await world.OfflineAsync("stranger.proof.json", "member.txt"));
        Assert.Equal(
            ExitCode.EvidenceNotChecked,
            await world.OfflineAsync("stranger.proof.json", "stranger.txt", policy: null)
        );

        var statement = await world
            .App.Client(ExclusionWorld.KeyOf(world.Owner))
            .GetByteArrayAsync($"/v1/exclusion-checks/{id}");
        var filter = SignedFilter.Parse(statement, out _)!.Read()!.Fingerprints!;
        Assert.True(filter.IsValid);
        Assert.Equal((tier, FilterAccess.Callers), (filter.Tier, filter.Access));
        Assert.InRange(filter.FalsePositiveRate, 1e-9, 0.01);
    }

    [Fact]
    public async Task Each_damage_of_a_proof_is_refused_by_its_rule()
    {
        var records = ExclusionWorld.Records(3, 300);
        var id = await world.AttestAsync(records, ExclusionWorld.Callers);
        var other = await world.AttestAsync(ExclusionWorld.Records(4, 300), ExclusionWorld.Callers, "other.jsonl");
        world.Cli.Write("text.txt", records[5]);
        await world.CheckAsync(id, "text.txt", "one.json");
        await world.CheckAsync(other, "text.txt", "other.json");
        var proof = File.ReadAllBytes(Path.Combine(world.Cli.Work, "one.json"));
        var another = JsonNode.Parse(File.ReadAllBytes(Path.Combine(world.Cli.Work, "other.json")))!.AsObject();
        var policy = Lace.Evidence.Bundles.LacePolicy.Parse(
            File.ReadAllBytes(Path.Combine(world.Cli.Work, "policy.json")),
            out _
        )!;
        var text = Encoding.UTF8.GetBytes(records[5]);

        Assert.Equal(
            Lace.Evidence.Bundles.BundleOutcome.Passed,
            ExclusionVerification.Verify(proof, policy, text).Outcome
        );
        AssertRefused("exclusion.blocks", change => change["blocks"] = Flip(change["blocks"]!));
        AssertRefused("exclusion.blocks", change => change["blocks"] = Cut(change["blocks"]!, 64));
        AssertRefused("exclusion.blocks", change => change["hashes"]![0] = Flip(change["hashes"]![0]!));
        AssertRefused("exclusion.blocks", change => change["hashes"]!.AsArray().RemoveAt(0));
        AssertRefused("exclusion.blocks", change => change["hashes"]!.AsArray().Add(change["hashes"]![0]!.DeepClone()));
        AssertRefused("exclusion.text", change => change["fingerprints"] = Cut(change["fingerprints"]!, 8));
        AssertRefused("exclusion.text", change => change["text"]!["bytes"] = text.Length + 1);
        AssertRefused("exclusion.text", change => change["text"]!["skipped"] = 1);
        AssertRefused("exclusion.verdict", change => change["verdict"] = "CLEAR");
        AssertRefused("exclusion.keys", change => change["keys"] = change["fingerprints"]!.DeepClone());
        AssertRefused("exclusion.format", change => change["verdict"] = "MAYBE");
        AssertRefused("exclusion.format", change => change["more"] = 1);
        AssertRefused("exclusion.format", change => change["hashes"]![0] = "AAAA");

        // The blocks of one filter under the statement of another, and a statement that was changed.
        AssertRefused("exclusion.blocks", change => change["statement"] = another["statement"]!.DeepClone());
        AssertRefused(
            "statement.dataset.p256",
            change =>
            {
                var payload = Encoding.UTF8.GetString(
                    Convert.FromBase64String((string)change["statement"]!["payload"]!)
                );
                var lie = payload.Replace("\"short_records\":0", "\"short_records\":1", StringComparison.Ordinal);
                change["statement"]!["payload"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(lie));
            }
        );

        void AssertRefused(string rule, Action<JsonObject> damage)
        {
            var changed = JsonNode.Parse(proof)!.AsObject();
            damage(changed);
            var found = ExclusionVerification.Verify(Encoding.UTF8.GetBytes(changed.ToJsonString()), policy, text);
            Assert.Equal(Lace.Evidence.Bundles.BundleOutcome.Failed, found.Outcome);
            Assert.Null(found.Findings);
            Assert.Contains(
                rule,
                found
                    .Checks.Where(check => check.Status == Lace.Evidence.Verification.CheckStatus.Failed)
                    .Select(check => check.Name)
            );
        }
    }

    [Fact]
    public async Task Many_texts_give_a_table_and_a_proof_each()
    {
        var records = ExclusionWorld.Records(11, 200);
        var id = await world.AttestAsync(records, ExclusionWorld.Callers);
        string[] names = ["a.txt", "b.txt", "short.txt", "missing.txt"];
        world.Cli.Write("a.txt", records[3]);
        world.Cli.Write("b.txt", ExclusionWorld.Records(12, 1)[0]);
        world.Cli.Write("short.txt", "too short");
        var options = new CheckOptions(
            id,
            names,
            "policy.json",
            "proofs",
            Csv: true,
            DryRun: false,
            Json: false,
            Quiet: true
        );
        Assert.Equal(ExitCode.Present, await world.RunAsync(options));
        var lines = world.Cli.Output.ToString().TrimEnd().Split('\n');
        lines = lines[^5..];
        Assert.StartsWith("text,verdict,", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("\"a.txt\",PRESENT,", lines[1], StringComparison.Ordinal);
        Assert.StartsWith("\"b.txt\",CLEAR,", lines[2], StringComparison.Ordinal);
        Assert.StartsWith("\"short.txt\",INCONCLUSIVE,0,", lines[3], StringComparison.Ordinal);
        Assert.StartsWith("\"missing.txt\",,", lines[4], StringComparison.Ordinal);
        Assert.Equal(2, Directory.GetFiles(Path.Combine(world.Cli.Work, "proofs")).Length);

        Assert.Equal(
            ExitCode.Ok,
            await world.RunAsync(options with { Texts = ["b.txt"], Csv = false, Json = true, Proof = null })
        );
        var json = JsonDocument.Parse(world.Cli.Output.ToString().TrimEnd().Split('\n')[^1]).RootElement;
        Assert.Equal("CLEAR", json.GetProperty("texts")[0].GetProperty("findings").GetProperty("verdict").GetString());
        Assert.True(json.GetProperty("signed").GetBoolean());
    }

    [Fact]
    public async Task A_dry_run_shows_the_fingerprints_and_asks_nothing()
    {
        var records = ExclusionWorld.Records(13, 50);
        var id = await world.AttestAsync(records, ExclusionWorld.Callers);
        world.Cli.Write("a.txt", records[3]);
        var options = new CheckOptions(id, ["a.txt"], null, null, false, DryRun: true, Json: false, Quiet: true);
        Assert.Equal(ExitCode.Ok, await world.RunAsync(options));
        var salt = Convert.FromHexString((await world.FilterAsync(id)).Salt);
        var windows = new TextFingerprints(new FingerprintSettings(FingerprintTier.Private, salt)).Of(
            Encoding.UTF8.GetBytes(records[3]),
            out _
        );
        Assert.All(
            windows,
            window =>
                Assert.Contains($"{window.Fingerprint:x16}", world.Cli.Output.ToString(), StringComparison.Ordinal)
        );
        var chain = await world.Owner.GetStringAsync("/v1/audit_logs?format=jsonl");
        Assert.DoesNotContain("exclusion.check", chain, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_leaves_of_a_text_is_its_fingerprints()
    {
        var id = await world.AttestAsync(ExclusionWorld.Records(14, 50), ExclusionWorld.Callers);
        world.Cli.Write("huge.txt", Encoding.ASCII.GetString(NaiveFingerprints.Words(new Random(1), 600_000)));
        var failure = await Assert.ThrowsAsync<CliException>(() =>
            world.RunAsync(new CheckOptions(id, ["huge.txt"], null, null, false, false, false, true))
        );
        Assert.Equal(ExitCode.Usage, failure.ExitCode);
        Assert.Contains("cut it into parts", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_key_of_a_keyed_filter_is_given_once_and_answers_need_it()
    {
        var id = await world.AttestAsync(
            ExclusionWorld.Records(15, 50),
            new FilterRequest(FingerprintTier.Keyed, FilterAccess.Callers)
        );
        var document = await world.Owner.GetStringAsync($"/v1/attestations/{id}");
        using var receipt = JsonDocument.Parse(
            await File.ReadAllBytesAsync(Path.Combine(world.Cli.StateFolder, "receipts", id + ".json"))
        );
        var key = receipt.RootElement.GetProperty("fingerprints").GetProperty("key").GetString()!;
        Assert.DoesNotContain(key, document, StringComparison.Ordinal);
        Assert.Equal(KeyedFingerprints.Commit(Convert.FromBase64String(key)), (await world.FilterAsync(id)).KeySha256);
        Assert.DoesNotContain(key, world.App.Log, StringComparison.Ordinal);
        var tenant = await world.App.Services.GetRequiredService<Lace.Records.Storage.PublicIds>().FindTenantAsync(id);
        await world.App.Services.GetRequiredService<Lace.Platform.IKeyService>().DestroyAsync(tenant!.Value);
        var salt = (await world.FilterAsync(id)).Salt;
        await world
            .Owner.PostJsonAsync("/v1/exclusion-checks", ExclusionWorld.Question(id, salt, 3))
            .ProblemAsync(409, "filter_key_destroyed");
    }

    private static JsonValue Flip(JsonNode base64)
    {
        var bytes = Convert.FromBase64String((string)base64!);
        bytes[^1] ^= 1;
        return JsonValue.Create(Convert.ToBase64String(bytes));
    }

    private static JsonValue Cut(JsonNode base64, int bytes) =>
        JsonValue.Create(Convert.ToBase64String(Convert.FromBase64String((string)base64!)[bytes..]));
}
