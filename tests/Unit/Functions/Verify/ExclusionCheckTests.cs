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
    private LaceApp app = null!;
    private CliFixture cli = null!;
    private HttpClient owner = null!;

    public async ValueTask InitializeAsync()
    {
        app = await LaceApp.StartAsync();
        owner = await app.NewTenantAsync();
        cli = new CliFixture(app.Address.ToString()) { ["LACE_API_KEY"] = KeyOf(owner) };
        await File.WriteAllBytesAsync(Path.Combine(cli.Work, "policy.json"), await app.Anonymous.GetByteArrayAsync("/v1/log/policy.json"));
    }

    public async ValueTask DisposeAsync()
    {
        cli.Dispose();
        await app.DisposeAsync();
    }

    [Theory]
    [InlineData(FingerprintTier.Private)]
    [InlineData(FingerprintTier.Public)]
    [InlineData(FingerprintTier.Keyed)]
    public async Task A_member_is_present_and_a_stranger_clear_and_both_proofs_hold_offline(FingerprintTier tier)
    {
        var records = Records(1, 400);
        var id = await AttestAsync(records, new FilterRequest(tier, FilterAccess.Callers));
        cli.Write("member.txt", "Quoted: " + records[17].ToUpperInvariant() + " -- end");
        cli.Write("stranger.txt", Records(2, 1)[0]);

        Assert.Equal(ExitCode.Present, await CheckAsync(id, "member.txt", "member.proof.json"));
        var text = cli.Output.ToString();
        Assert.Contains("member.txt: PRESENT", text, StringComparison.Ordinal);
        Assert.Contains("  found  bytes ", text, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Present, await OfflineAsync("member.proof.json", "member.txt"));
        Assert.Equal(ExitCode.Ok, await CheckAsync(id, "stranger.txt", "stranger.proof.json"));
        Assert.Equal(ExitCode.Ok, await OfflineAsync("stranger.proof.json", "stranger.txt"));
        Assert.Equal(ExitCode.Ok, await OfflineAsync("stranger.proof.json", null));
        Assert.Equal(ExitCode.EvidenceFailed, await OfflineAsync("stranger.proof.json", "member.txt"));
        Assert.Equal(ExitCode.EvidenceNotChecked, await OfflineAsync("stranger.proof.json", "stranger.txt", policy: null));

        var statement = await app.Client(KeyOf(owner)).GetByteArrayAsync($"/v1/exclusion-checks/{id}");
        var filter = SignedFilter.Parse(statement, out _)!.Read()!.Fingerprints!;
        Assert.True(filter.IsValid);
        Assert.Equal((tier, FilterAccess.Callers), (filter.Tier, filter.Access));
        Assert.InRange(filter.FalsePositiveRate, 1e-9, 0.01);
    }

    [Fact]
    public async Task Each_damage_of_a_proof_is_refused_by_its_rule()
    {
        var records = Records(3, 300);
        var id = await AttestAsync(records, Callers);
        var other = await AttestAsync(Records(4, 300), Callers, "other.jsonl");
        cli.Write("text.txt", records[5]);
        await CheckAsync(id, "text.txt", "one.json");
        await CheckAsync(other, "text.txt", "other.json");
        var proof = File.ReadAllBytes(Path.Combine(cli.Work, "one.json"));
        var another = JsonNode.Parse(File.ReadAllBytes(Path.Combine(cli.Work, "other.json")))!.AsObject();
        var policy = Lace.Evidence.Bundles.LacePolicy.Parse(File.ReadAllBytes(Path.Combine(cli.Work, "policy.json")), out _)!;
        var text = Encoding.UTF8.GetBytes(records[5]);

        Assert.Equal(Lace.Evidence.Bundles.BundleOutcome.Passed, ExclusionVerification.Verify(proof, policy, text).Outcome);
        AssertRefused("exclusion.blocks", change => change["blocks"] = Flip(change["blocks"]!));
        AssertRefused("exclusion.blocks", change => change["blocks"] = Cut(change["blocks"]!, 64));
        AssertRefused("exclusion.blocks", change => change["hashes"]![0] = Flip(change["hashes"]![0]!));
        AssertRefused("exclusion.blocks", change => change["hashes"]!.AsArray().RemoveAt(0));
        AssertRefused("exclusion.blocks", change => change["hashes"]!.AsArray().Add(change["hashes"]![0]!.DeepClone()));
        AssertRefused("exclusion.blocks", change => change["fingerprints"] = Cut(change["fingerprints"]!, 8));
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
                var payload = Encoding.UTF8.GetString(Convert.FromBase64String((string)change["statement"]!["payload"]!));
                var lie = payload.Replace("\"false_positive_rate\":0.", "\"false_positive_rate\":0.0", StringComparison.Ordinal);
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
                found.Checks.Where(check => check.Status == Lace.Evidence.Verification.CheckStatus.Failed).Select(check => check.Name)
            );
        }
    }

    [Fact]
    public async Task Strangers_ask_what_is_open_to_callers_and_cannot_tell_what_is_not()
    {
        var open = await AttestAsync(Records(5, 50), Callers);
        var closed = await AttestAsync(Records(6, 50), new FilterRequest(FingerprintTier.Private, FilterAccess.Owner), "b.jsonl");
        var without = await AttestAsync(Records(7, 50), null, "c.jsonl");
        var begun = await owner.BeginAsync("""{"dataset":{"format":"text","part":{"kind":"whole"},"sources":1},"fingerprints":{"tier":"T1"}}""");
        using var stranger = await app.NewTenantAsync("verify");
        using var attester = await app.NewTenantAsync("attest");

        await owner.GetAsync($"/v1/exclusion-checks/{closed}").JsonAsync(HttpStatusCode.OK);
        await stranger.GetAsync($"/v1/exclusion-checks/{open}").JsonAsync(HttpStatusCode.OK);
        var refusals = new HashSet<string>();
        foreach (var id in (string[])[closed, without, begun, "lace-20261120-134501-zzzzzz", "no-id"])
        {
            var clock = System.Diagnostics.Stopwatch.StartNew();
            var got = await stranger.GetAsync($"/v1/exclusion-checks/{id}").ProblemAsync(404, "not_found");
            Assert.InRange(clock.ElapsedMilliseconds, 50, 60_000);
            var asked = await stranger
                .PostJsonAsync("/v1/exclusion-checks", Question(id, new string('0', 32), 3))
                .ProblemAsync(404, "not_found");
            refusals.Add(got.GetProperty("detail").GetString() + asked.GetProperty("detail").GetString());
        }

        Assert.Single(refusals);
        await attester.GetAsync($"/v1/exclusion-checks/{open}").ProblemAsync(403, "scope_missing");
        await app.Anonymous.GetAsync($"/v1/exclusion-checks/{open}").ProblemAsync(401, "key_missing");
    }

    [Fact]
    public async Task Refuses_questions_that_are_none()
    {
        var id = await AttestAsync(Records(8, 50), Callers);
        var salt = (await FilterAsync(id)).Salt;
        await owner.PostJsonAsync("/v1/exclusion-checks", Question(id, salt, 20)).JsonAsync(HttpStatusCode.OK);
        await owner
            .PostJsonAsync("/v1/exclusion-checks", Question(id, new string('0', 32), 20))
            .ProblemAsync(422, "wrong_salt");
        await owner.PostJsonAsync("/v1/exclusion-checks", Question(id, salt, 0)).ProblemAsync(400, "invalid_request");
        await owner
            .PostJsonAsync("/v1/exclusion-checks", $$"""{"attestation_id":"{{id}}","salt":"{{salt}}","fingerprints":"AAAA"}""")
            .ProblemAsync(400, "invalid_request");
        await owner
            .PostJsonAsync("/v1/exclusion-checks", Question(id, salt, ExclusionProof.MaxFingerprints + 1))
            .ProblemAsync(400, "invalid_request");
        await owner
            .PostJsonAsync("/v1/exclusion-checks", Question(id, salt, 200_000))
            .ProblemAsync(413, "body_too_large");
    }

    [Fact]
    public async Task A_caller_is_limited_by_fingerprints_and_others_are_not()
    {
        var id = await AttestAsync(Records(9, 50), Callers);
        var salt = (await FilterAsync(id)).Salt;
        using var greedy = await app.NewTenantAsync("verify");
        var (answered, refused) = (0, 0);
        for (var i = 0; i < 6; i++)
        {
            var answer = await greedy.PostJsonAsync("/v1/exclusion-checks", Question(id, salt, 9_000));
            if (answer.StatusCode == HttpStatusCode.TooManyRequests)
            {
                refused++;
                Assert.NotNull(answer.Headers.RetryAfter);
            }
            else
            {
                await answer.JsonAsync(HttpStatusCode.OK);
                answered++;
            }
        }

        Assert.InRange(answered, 2, 4);
        Assert.True(refused >= 2);
        using var modest = await app.NewTenantAsync("verify");
        await modest.PostJsonAsync("/v1/exclusion-checks", Question(id, salt, 100)).JsonAsync(HttpStatusCode.OK);

        // Small questions cost a least amount.
        using var patient = await app.NewTenantAsync("verify");
        var last = HttpStatusCode.OK;
        for (var i = 0; i < 2 * ExclusionRate.Burst / ExclusionRate.LeastCost && last == HttpStatusCode.OK; i++)
        {
            last = (await patient.PostJsonAsync("/v1/exclusion-checks", Question("no-id", salt, 1))).StatusCode;
            last = last == HttpStatusCode.NotFound ? HttpStatusCode.OK : last;
            i += 20;
        }

        Assert.Equal(HttpStatusCode.OK, last);
    }

    [Fact]
    public async Task Each_question_is_an_entry_of_the_owners_audit_chain()
    {
        var id = await AttestAsync(Records(10, 50), Callers);
        var salt = (await FilterAsync(id)).Salt;
        using var stranger = await app.NewTenantAsync("verify");
        for (var i = 1; i <= 3; i++)
        {
            await stranger.PostJsonAsync("/v1/exclusion-checks", Question(id, salt, i)).JsonAsync(HttpStatusCode.OK);
        }

        var chain = await owner.GetStringAsync("/v1/audit_logs?format=jsonl");
        var entries = chain
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonDocument.Parse(line).RootElement)
            .Where(entry => entry.GetProperty("operation").GetString() == "exclusion.check")
            .ToArray();
        Assert.Equal(3, entries.Length);
        Assert.All(entries, entry => Assert.Equal(id, entry.GetProperty("object_id").GetString()));
        var caller = Assert.Single(entries.Select(entry => entry.GetProperty("artifact_ids_consumed")[0].GetString()).Distinct());
        Assert.Matches("^caller:[0-9a-f]{12}$", caller);
        var verified = Lace.Evidence.Audit.AuditFileVerification.Verify(new MemoryStream(Encoding.UTF8.GetBytes(chain)), null);
        Assert.False(verified.Failed);
    }

    [Fact]
    public async Task A_filter_that_is_not_the_one_stated_or_cannot_be_is_refused()
    {
        var dataset = new TestDataset(100);
        var filter = new BlockedBloomFilter(64);
        var random = new Random(1);
        for (var i = 0; i < 1000; i++)
        {
            filter.Add((ulong)random.NextInt64() * 2);
        }

        var id = await BeginAsync();
        Assert.Equal(HttpStatusCode.Created, (await owner.PutChunkAsync(id, 0, dataset.Chunk(id, 0))).StatusCode);
        await owner.CompleteAsync(id, dataset.Completion()).ProblemAsync(422, "filter_missing");
        await owner.CompleteAsync(id, Stated()).ProblemAsync(422, "filter_missing");
        await PutAsync(id, 0, FilterPart.Write(filter, "lace-20261120-134501-x7k2p9", 0)).ProblemAsync(422, "filter_part_malformed");
        await PutAsync(id, 1, FilterPart.Write(filter, id, 0)).ProblemAsync(422, "filter_part_malformed");
        await PutAsync(id, 0, [.. FilterPart.Write(filter, id, 0), 0]).ProblemAsync(422, "filter_part_malformed");
        await PutAsync(id, 0, FilterPart.Write(filter, id, 0)).JsonAsync(HttpStatusCode.Created);
        await PutAsync(id, 0, FilterPart.Write(filter, id, 0)).JsonAsync(HttpStatusCode.OK);
        await PutAsync(id, 0, FilterPart.Write(new BlockedBloomFilter(64), id, 0)).ProblemAsync(409, "filter_part_conflict");
        var seen = await owner.GetAsync($"/v1/attestations/{id}").JsonAsync(HttpStatusCode.OK);
        Assert.Equal("[[0,0]]", seen.GetProperty("filter_parts").GetRawText());
        await owner.CompleteAsync(id, Stated(root: new string('0', 64))).ProblemAsync(422, "filter_mismatch");
        await owner.CompleteAsync(id, Stated(popcount: 5)).ProblemAsync(422, "filter_mismatch");
        await owner.CompleteAsync(id, Stated(distinct: 1900)).ProblemAsync(422, "filter_implausible");
        await owner.CompleteAsync(id, Stated(distinct: 5_000_000)).ProblemAsync(400, "invalid_request");
        var done = await owner.CompleteAsync(id, Stated()).JsonAsync(HttpStatusCode.OK);
        Assert.Equal(filter.Fill().FalsePositiveRate, done.GetProperty("fingerprints").GetProperty("false_positive_rate").GetDouble());
        await owner.CompleteAsync(id, Stated()).JsonAsync(HttpStatusCode.OK);
        await owner.CompleteAsync(id, dataset.Completion()).ProblemAsync(409, "already_complete");
        await PutAsync(id, 1, FilterPart.Write(filter, id, 0)).ProblemAsync(409, "already_complete");

        // An empty filter excludes everything.
        var empty = await BeginAsync();
        await owner.PutChunkAsync(empty, 0, dataset.Chunk(empty, 0));
        filter = new BlockedBloomFilter(64);
        await PutAsync(empty, 0, FilterPart.Write(filter, empty, 0)).JsonAsync(HttpStatusCode.Created);
        await owner.CompleteAsync(empty, Stated(popcount: 0)).ProblemAsync(422, "filter_implausible");

        // One of only ones holds everything.
        var full = await BeginAsync();
        await owner.PutChunkAsync(full, 0, dataset.Chunk(full, 0));
        byte[] ones = [.. FilterPart.Header(full, 0, 64), .. Enumerable.Repeat((byte)255, 64 * 64)];
        await PutAsync(full, 0, ones).JsonAsync(HttpStatusCode.Created);
        var root = BlockTree.Head(0, ones.AsSpan(^(64 * 64)..)).ToString();
        await owner.CompleteAsync(full, Stated(root, 64 * 512)).ProblemAsync(422, "filter_full");

        Task<string> BeginAsync() =>
            owner.BeginAsync("""{"dataset":{"format":"text","part":{"kind":"whole"},"sources":1},"fingerprints":{"tier":"T1"}}""");

        JsonObject Stated(string? root = null, long? popcount = null, long distinct = 1000)
        {
            var completion = dataset.Completion();
            completion["fingerprints"] = new JsonObject
            {
                ["root"] = root ?? BlockTree.Head(filter).ToString(),
                ["blocks"] = 64,
                ["keys"] = 1000,
                ["distinct"] = distinct,
                ["popcount"] = popcount ?? filter.Fill().Bits,
                ["short_records"] = 0,
            };
            return completion;
        }
    }

    [Fact]
    public async Task Many_texts_give_a_table_and_a_proof_each()
    {
        var records = Records(11, 200);
        var id = await AttestAsync(records, Callers);
        string[] names = ["a.txt", "b.txt", "short.txt", "missing.txt"];
        cli.Write("a.txt", records[3]);
        cli.Write("b.txt", Records(12, 1)[0]);
        cli.Write("short.txt", "too short");
        var options = new CheckOptions(id, names, "policy.json", "proofs", Csv: true, DryRun: false, Json: false, Quiet: true);
        Assert.Equal(ExitCode.Present, await RunAsync(options));
        var lines = cli.Output.ToString().TrimEnd().Split('\n');
        lines = lines[^5..];
        Assert.StartsWith("text,verdict,", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("\"a.txt\",PRESENT,", lines[1], StringComparison.Ordinal);
        Assert.StartsWith("\"b.txt\",CLEAR,", lines[2], StringComparison.Ordinal);
        Assert.StartsWith("\"short.txt\",INCONCLUSIVE,0,", lines[3], StringComparison.Ordinal);
        Assert.StartsWith("\"missing.txt\",,", lines[4], StringComparison.Ordinal);
        Assert.Equal(2, Directory.GetFiles(Path.Combine(cli.Work, "proofs")).Length);

        Assert.Equal(ExitCode.Ok, await RunAsync(options with { Texts = ["b.txt"], Csv = false, Json = true, Proof = null }));
        var json = JsonDocument.Parse(cli.Output.ToString().TrimEnd().Split('\n')[^1]).RootElement;
        Assert.Equal("CLEAR", json.GetProperty("texts")[0].GetProperty("findings").GetProperty("verdict").GetString());
        Assert.True(json.GetProperty("signed").GetBoolean());
    }

    [Fact]
    public async Task A_dry_run_shows_the_fingerprints_and_asks_nothing()
    {
        var records = Records(13, 50);
        var id = await AttestAsync(records, Callers);
        cli.Write("a.txt", records[3]);
        var options = new CheckOptions(id, ["a.txt"], null, null, false, DryRun: true, Json: false, Quiet: true);
        Assert.Equal(ExitCode.Ok, await RunAsync(options));
        var salt = Convert.FromHexString((await FilterAsync(id)).Salt);
        var windows = new TextFingerprints(new FingerprintSettings(FingerprintTier.Private, salt)).Of(Encoding.UTF8.GetBytes(records[3]), out _);
        Assert.All(windows, window => Assert.Contains($"{window.Fingerprint:x16}", cli.Output.ToString(), StringComparison.Ordinal));
        var chain = await owner.GetStringAsync("/v1/audit_logs?format=jsonl");
        Assert.DoesNotContain("exclusion.check", chain, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_leaves_of_a_text_is_its_fingerprints()
    {
        var id = await AttestAsync(Records(14, 50), Callers);
        cli.Write("huge.txt", Encoding.ASCII.GetString(NaiveFingerprints.Words(new Random(1), 600_000)));
        var failure = await Assert.ThrowsAsync<CliException>(() =>
            RunAsync(new CheckOptions(id, ["huge.txt"], null, null, false, false, false, true))
        );
        Assert.Equal(ExitCode.Usage, failure.ExitCode);
        Assert.Contains("cut it into parts", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_key_of_a_keyed_filter_is_given_once_and_answers_need_it()
    {
        var id = await AttestAsync(Records(15, 50), new FilterRequest(FingerprintTier.Keyed, FilterAccess.Callers));
        var document = await owner.GetStringAsync($"/v1/attestations/{id}");
        using var receipt = JsonDocument.Parse(
            await File.ReadAllBytesAsync(Path.Combine(cli.StateFolder, "receipts", id + ".json"))
        );
        var key = receipt.RootElement.GetProperty("fingerprints").GetProperty("key").GetString()!;
        Assert.DoesNotContain(key, document, StringComparison.Ordinal);
        Assert.Equal(KeyedFingerprints.Commit(Convert.FromBase64String(key)), (await FilterAsync(id)).KeySha256);
        Assert.DoesNotContain(key, app.Log, StringComparison.Ordinal);
        var tenant = await app.Services.GetRequiredService<Lace.Records.Storage.PublicIds>().FindTenantAsync(id);
        await app.Services.GetRequiredService<Lace.Platform.IKeyService>().DestroyAsync(tenant!.Value);
        var salt = (await FilterAsync(id)).Salt;
        await owner.PostJsonAsync("/v1/exclusion-checks", Question(id, salt, 3)).ProblemAsync(409, "filter_key_destroyed");
    }

    private static readonly FilterRequest Callers = new(FingerprintTier.Private, FilterAccess.Callers);

    private static string KeyOf(HttpClient client) => client.DefaultRequestHeaders.Authorization!.Parameter!;

    private static string[] Records(int seed, int count)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => Encoding.ASCII.GetString(NaiveFingerprints.Words(random, random.Next(600, 1200))).TrimEnd())];
    }

    private static string Question(string id, string salt, int fingerprints) =>
        $$"""{"attestation_id":"{{id}}","salt":"{{salt}}","fingerprints":"{{FingerprintText.Encode([.. Enumerable.Range(0, fingerprints).Select(i => (ulong)i * 0x9E3779B97F4A7C15)])}}"}""";

    private static JsonValue Flip(JsonNode base64)
    {
        var bytes = Convert.FromBase64String((string)base64!);
        bytes[^1] ^= 1;
        return JsonValue.Create(Convert.ToBase64String(bytes));
    }

    private static JsonValue Cut(JsonNode base64, int bytes) =>
        JsonValue.Create(Convert.ToBase64String(Convert.FromBase64String((string)base64!)[bytes..]));

    private async Task<CommittedFilter> FilterAsync(string id) =>
        SignedFilter.Parse(await owner.GetByteArrayAsync($"/v1/exclusion-checks/{id}"), out _)!.Read()!.Fingerprints!;

    private Task<HttpResponseMessage> PutAsync(string id, int part, byte[] bytes)
    {
        var content = new ByteArrayContent(bytes);
        content.Headers.ContentType = new("application/octet-stream");
        var digest = Convert.ToBase64String(System.Security.Cryptography.SHA256.HashData(bytes));
        content.Headers.TryAddWithoutValidation("Content-Digest", $"sha-256=:{digest}:");
        return owner.PutAsync($"/v1/attestations/{id}/filter/{part}", content);
    }

    private async Task<string> AttestAsync(string[] records, FilterRequest? filter, string name = "data.jsonl")
    {
        cli.Write(name, string.Concat(records.Select(record => $"{{\"text\":\"{record}\"}}\n")));
        var options = CliFixture.Options(new DatasetPart(DatasetPartKind.Field, "text"), name) with { Filter = filter };
        var code = await new AttestRun(cli.Host, LaceConfig.Resolve(null, null, cli.Host), options).RunAsync(default);
        Assert.True(code == ExitCode.Ok, cli.Error.ToString());
        using var current = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(cli.Work, ".lace/current.json")));
        return current.RootElement.GetProperty("attestation_id").GetString()!;
    }

    private Task<int> CheckAsync(string id, string text, string proof) =>
        RunAsync(new CheckOptions(id, [text], "policy.json", proof, false, false, false, true));

    private Task<int> RunAsync(CheckOptions options) =>
        new CheckRun(cli.Host, LaceConfig.Resolve(null, null, cli.Host), options).RunAsync(default);

    private Task<int> OfflineAsync(string proof, string? text, string? policy = "policy.json") =>
        new OfflineVerification(cli.Host, new OfflineOptions(proof, policy, null, [], null, null, false, true, text)).RunAsync(
            false,
            default
        );
}
