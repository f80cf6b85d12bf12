using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Lace.Cli;
using Lace.Cli.Attest;
using Lace.Cli.Exclusion;
using Lace.Evidence.Bundles;
using Lace.Evidence.Fingerprints;
using Lace.Evidence.NearDuplicates;
using Lace.Evidence.Verification;

namespace Lace.Tests.Functions.Verify;

/// <summary>Near-duplicates from <c>lace attest</c> to <c>lace verify --offline</c> with the real application.</summary>
public sealed class NearDuplicateTests : IAsyncLifetime
{
    private static readonly FilterRequest Both = new(FingerprintTier.Private, FilterAccess.Callers, true);

    private ExclusionWorld world = null!;

    public async ValueTask InitializeAsync() => world = await ExclusionWorld.StartAsync();

    public ValueTask DisposeAsync() => world.DisposeAsync();

    [Theory]
    [InlineData(FingerprintTier.Private)]
    [InlineData(FingerprintTier.Keyed)]
    public async Task A_record_with_words_changed_everywhere_is_clear_but_near_and_the_proof_holds_offline(
        FingerprintTier tier
    )
    {
        var records = Records(1, 60);
        var id = await world.AttestAsync(records, Both with { Tier = tier });
        var committed = (await world.FilterAsync(id)).Bands!;
        Assert.Equal((60 * 32, 0), (committed.Keys, committed.ShortRecords));
        Assert.Contains("1,920 bands for near-duplicates", world.Cli.Output.ToString(), StringComparison.Ordinal);
        world.Cli.Write("near.txt", Edited(records[17]));
        world.Cli.Write("stranger.txt", Records(2, 1)[0]);
        world.Cli.Write("member.txt", records[17]);
        world.Cli.Write("short.txt", string.Join(' ', records[17].Split(' ').Take(70)));

        Assert.Equal(ExitCode.Near, await world.CheckAsync(id, "near.txt", "near.json"));
        var text = world.Cli.Output.ToString();
        Assert.Contains("near.txt: CLEAR", text, StringComparison.Ordinal);
        Assert.Contains("  near-duplicates: NEAR: ", text, StringComparison.Ordinal);
        Assert.Contains("if all are of one record", text, StringComparison.Ordinal);
        Assert.DoesNotContain("proves", text, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(ExitCode.Near, await world.OfflineAsync("near.json", "near.txt"));
        Assert.Equal(ExitCode.Near, await world.OfflineAsync("near.json", null));
        Assert.Equal(ExitCode.EvidenceNotChecked, await world.OfflineAsync("near.json", "near.txt", policy: null));
        Assert.Equal(ExitCode.EvidenceFailed, await world.OfflineAsync("near.json", "member.txt"));

        Assert.Equal(ExitCode.Ok, await world.CheckAsync(id, "stranger.txt", "stranger.json"));
        Assert.Contains("near-duplicates: NOT_FOUND: ", world.Cli.Output.ToString(), StringComparison.Ordinal);
        Assert.Equal(ExitCode.Ok, await world.OfflineAsync("stranger.json", "stranger.txt"));

        // The record itself: present, all bands.
        Assert.Equal(ExitCode.Present, await world.CheckAsync(id, "member.txt", "member.json"));
        Assert.Contains("32 of 32 bands", world.Cli.Output.ToString(), StringComparison.Ordinal);
        Assert.Equal(ExitCode.Present, await world.OfflineAsync("member.json", "member.txt"));

        // Too short for bands: not checked, which is not the same as not found.
        Assert.Equal(ExitCode.Present, await world.CheckAsync(id, "short.txt", "short.json"));
        Assert.Contains(
            "near-duplicates: not checked (the text is too short for bands",
            world.Cli.Output.ToString(),
            StringComparison.Ordinal
        );
        Assert.Equal(ExitCode.Present, await world.OfflineAsync("short.json", "short.txt"));
    }

    [Theory]
    [InlineData(FingerprintTier.Private, "the attestation has no such filter)")]
    [InlineData(FingerprintTier.Public, "the attestation has no such filter, as its fingerprints are public)")]
    public async Task Without_a_second_filter_nothing_is_said_and_the_statement_is_as_before(
        FingerprintTier tier,
        string why
    )
    {
        var records = Records(3, 40);
        var id = await world.AttestAsync(records, new FilterRequest(tier, FilterAccess.Callers));
        world.Cli.Write("near.txt", Edited(records[5]));
        Assert.Equal(ExitCode.Ok, await world.CheckAsync(id, "near.txt", "proof.json"));
        Assert.Contains($"near-duplicates: not checked ({why}", world.Cli.Output.ToString(), StringComparison.Ordinal);
        Assert.Equal(ExitCode.Ok, await world.OfflineAsync("proof.json", "near.txt"));
        var proof = JsonNode.Parse(File.ReadAllBytes(Path.Combine(world.Cli.Work, "proof.json")))!;
        Assert.Null(proof["near_duplicates"]);
        Assert.DoesNotContain(
            "near_duplicates",
            Encoding.UTF8.GetString(Convert.FromBase64String((string)proof["statement"]!["payload"]!)),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Table_and_json_and_dry_run_have_it_apart()
    {
        var records = Records(4, 40);
        var id = await world.AttestAsync(records, Both);
        world.Cli.Write("near.txt", Edited(records[5]));
        world.Cli.Write("short.txt", "too short");
        var options = new CheckOptions(id, ["near.txt", "short.txt"], null, null, true, false, false, true);
        Assert.Equal(ExitCode.Inconclusive, await world.RunAsync(options));
        var lines = world.Cli.Output.ToString().TrimEnd().Split('\n')[^3..];
        Assert.EndsWith(",reason,near,near_hits,near_similarity", lines[0].TrimEnd(), StringComparison.Ordinal);
        Assert.Matches(@""",NEAR,\d+,0\.\d\d\s*$", lines[1]);
        Assert.EndsWith("\",,,", lines[2].TrimEnd(), StringComparison.Ordinal);

        Assert.Equal(
            ExitCode.Near,
            await world.RunAsync(options with { Texts = ["near.txt"], Csv = false, Json = true })
        );
        var found = Last().GetProperty("texts")[0].GetProperty("near_duplicates");
        Assert.Equal("NEAR", found.GetProperty("verdict").GetString());
        Assert.Equal(found.GetProperty("hits").GetInt32(), found.GetProperty("hit_bands").GetArrayLength());
        Assert.InRange(found.GetProperty("estimated_similarity").GetDouble(), 0.5, 0.95);

        Assert.Equal(
            ExitCode.Ok,
            await world.RunAsync(options with { Texts = ["near.txt"], Csv = false, Json = true, DryRun = true })
        );
        var salt = (await world.FilterAsync(id)).SaltBytes!;
        var expected = new TextBands(salt).Of(Encoding.UTF8.GetBytes(Edited(records[5])))!;
        Assert.Equal(
            expected.Select(key => $"{key:x16}"),
            Last().GetProperty("bands").EnumerateArray().Select(key => key.GetString())
        );
    }

    [Fact]
    public async Task Each_damage_of_what_a_proof_says_of_them_is_refused_by_its_rule()
    {
        var records = Records(5, 50);
        var id = await world.AttestAsync(records, Both);
        var other = await world.AttestAsync(Records(6, 50), Both, "other.jsonl");
        var without = await world.AttestAsync(records, ExclusionWorld.Callers, "without.jsonl");
        var text = Encoding.UTF8.GetBytes(Edited(records[5]));
        world.Cli.Write("text.txt", Edited(records[5]));
        world.Cli.Write("another.txt", Edited(records[6]));
        await world.CheckAsync(id, "text.txt", "one.json");
        await world.CheckAsync(id, "another.txt", "another.json");
        await world.CheckAsync(other, "text.txt", "other.json");
        await world.CheckAsync(without, "text.txt", "without.json");
        var policy = LacePolicy.Parse(File.ReadAllBytes(Path.Combine(world.Cli.Work, "policy.json")), out _)!;
        var (proof, ofOther) = (Parsed("one.json"), Parsed("other.json"));

        Assert.Equal(BundleOutcome.Passed, Verify(proof).Outcome);
        AssertRefused("near.blocks", near => near["blocks"] = Changed(near["blocks"]!, bytes => bytes[^1] ^= 1));
        AssertRefused("near.blocks", near => near["blocks"] = Cut(near["blocks"]!, 64));
        AssertRefused(
            "near.blocks",
            near =>
                near["blocks"] = Changed(
                    near["blocks"]!,
                    bytes =>
                    {
                        // The same blocks at other places.
                        var first = bytes[..64];
                        bytes.AsSpan(64, 64).CopyTo(bytes);
                        first.CopyTo(bytes, 64);
                    }
                )
        );
        AssertRefused("near.blocks", near => near["hashes"]![0] = Changed(near["hashes"]![0]!, bytes => bytes[0] ^= 1));
        AssertRefused("near.blocks", near => near["hashes"]!.AsArray().RemoveAt(0));
        AssertRefused("near.blocks", near => near["hashes"]!.AsArray().Add(near["hashes"]![0]!.DeepClone()));
        AssertRefused("near.text", near => near["bands"] = Changed(near["bands"]!, bytes => bytes[7] ^= 0x80));
        AssertRefused("near.keys", near => near["keys"] = near["bands"]!.DeepClone());
        AssertRefused("near.verdict", near => near["verdict"] = "NOT_FOUND");
        AssertRefused("exclusion.format", near => near["verdict"] = "MAYBE");
        AssertRefused("exclusion.format", near => near["bands"] = Cut(near["bands"]!, 8));
        AssertRefused("exclusion.format", near => near["more"] = 1);

        // What is right of another text, of another attestation, of one without such a filter.
        AssertFailed("near.text", With("near_duplicates", Parsed("another.json")));
        AssertFailed("near.blocks", With("near_duplicates", ofOther));
        AssertFailed("near.blocks", With("statement", ofOther));
        var stray = Parsed("without.json");
        stray["near_duplicates"] = proof["near_duplicates"]!.DeepClone();
        AssertFailed("near.filter", stray);

        // Left out, nothing is said of them: that is no finding.
        var silent = proof.DeepClone().AsObject();
        silent.Remove("near_duplicates");
        var left = Verify(silent);
        Assert.Null(left.NearDuplicates);
        Assert.Contains("no answer", left.NearDuplicatesNotChecked, StringComparison.Ordinal);

        JsonObject Parsed(string name) =>
            JsonNode.Parse(File.ReadAllBytes(Path.Combine(world.Cli.Work, name)))!.AsObject();

        JsonObject With(string member, JsonObject source)
        {
            var changed = proof.DeepClone().AsObject();
            changed[member] = source[member]!.DeepClone();
            return changed;
        }

        void AssertRefused(string rule, Action<JsonObject> damage)
        {
            var changed = proof.DeepClone().AsObject();
            damage(changed["near_duplicates"]!.AsObject());
            AssertFailed(rule, changed);
        }

        void AssertFailed(string rule, JsonObject changed)
        {
            var found = Verify(changed);
            Assert.Equal(BundleOutcome.Failed, found.Outcome);
            Assert.Null(found.NearDuplicates);
            Assert.Contains(
                rule,
                found.Checks.Where(check => check.Status == CheckStatus.Failed).Select(check => check.Name)
            );
        }

        ExclusionCheck Verify(JsonObject changed) =>
            ExclusionVerification.Verify(Encoding.UTF8.GetBytes(changed.ToJsonString()), policy, text);
    }

    private JsonElement Last() => JsonDocument.Parse(world.Cli.Output.ToString().TrimEnd().Split('\n')[^1]).RootElement;

    private static JsonValue Changed(JsonNode base64, Action<byte[]> change)
    {
        var bytes = Convert.FromBase64String((string)base64!);
        change(bytes);
        return JsonValue.Create(Convert.ToBase64String(bytes));
    }

    private static JsonValue Cut(JsonNode base64, int bytes) =>
        JsonValue.Create(Convert.ToBase64String(Convert.FromBase64String((string)base64!)[bytes..]));

    /// <summary>Records of words so short that 48 bytes have many of them: what shares few runs of text can share most of its shingles.</summary>
    private static string[] Records(int seed, int count)
    {
        var random = new Random(seed);
        return
        [
            .. Enumerable.Range(0, count).Select(_ => string.Join(' ', Enumerable.Range(0, 700).Select(_ => Word()))),
        ];

        string Word() =>
            new([.. Enumerable.Range(0, random.Next(4) == 0 ? 2 : 1).Select(_ => (char)('a' + random.Next(26)))]);
    }

    /// <summary>A word exchanged before each run of 48 bytes is full.</summary>
    private static string Edited(string record)
    {
        var (words, since) = (record.Split(' '), 0);
        for (var i = 0; i < words.Length; i++)
        {
            since += words[i].Length + 1;
            if (since > 44)
            {
                (words[i], since) = ($"x{i}", 0);
            }
        }

        return string.Join(' ', words);
    }
}
