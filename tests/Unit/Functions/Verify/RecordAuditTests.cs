using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Lace.Cli;
using Lace.Cli.Attest;
using Lace.Cli.RecordAudits;
using Lace.Cli.Verify;
using Lace.Evidence.Bundles;
using Lace.Evidence.Datasets;
using Lace.Evidence.Fingerprints;
using Lace.Evidence.RecordAudits;
using Lace.Evidence.Transparency.Notes;
using Lace.Evidence.Verification;
using Lace.Tests.Evidence.Datasets;

namespace Lace.Tests.Functions.Verify;

/// <summary><c>lace audit-records</c> of owner and auditor with the real application.</summary>
public sealed class RecordAuditTests : IAsyncLifetime
{
    private ExclusionWorld world = null!;

    public async ValueTask InitializeAsync() => world = await ExclusionWorld.StartAsync();

    public ValueTask DisposeAsync() => world.DisposeAsync();

    [Theory]
    [InlineData(FingerprintTier.Private)]
    [InlineData(FingerprintTier.Public)]
    [InlineData(FingerprintTier.Keyed)]
    public async Task What_the_owner_opens_is_what_the_auditor_finds(FingerprintTier tier)
    {
        string[] records = [.. ExclusionWorld.Records(41, 300), "short"];
        var id = await world.AttestAsync(
            records,
            new FilterRequest(tier, FilterAccess.Owner, tier != FingerprintTier.Public)
        );
        // The statement is answered once the log's public checkpoint covers it.
        await world.FilterAsync(id);
        await CheckpointAsync();
        await AttestAnotherAsync();
        Assert.Equal(ExitCode.Ok, await OpenAsync(id, 60, "checkpoint"));
        Assert.Equal(60, Last().GetProperty("opened").GetInt32());
        Assert.Equal(ExitCode.Ok, Verify("audit.json", "checkpoint", 60));
        var text = world.Cli.Output.ToString();
        Assert.Contains("AUDITED: every required check of 60 opened records passed", text, StringComparison.Ordinal);
        Assert.Contains("had 5% of such records been left out", text, StringComparison.Ordinal);
        Assert.Contains("Does not show", text, StringComparison.Ordinal);
        Assert.Equal(ExitCode.EvidenceNotChecked, Verify("audit.json", "checkpoint", 60, policy: null));
        Assert.Equal(ExitCode.Ok, await world.OfflineAsync("audit.json", null));
        Assert.Equal(ExitCode.EvidenceFailed, Verify("audit.json", "checkpoint", 61));

        // The log has grown since: the newest checkpoint draws others.
        await CheckpointAsync("newer");
        Assert.Equal(ExitCode.EvidenceFailed, Verify("audit.json", "newer", 60));
        Assert.Equal(ExitCode.Ok, await OpenAsync(id, 60, null, "again.json"));
        Assert.Equal(ExitCode.Ok, Verify("again.json", "newer", 60));
        Assert.NotEqual(Indices("audit.json"), Indices("again.json"));

        // All of a small dataset, with the record that has no fingerprint.
        Assert.Equal(ExitCode.Ok, await OpenAsync(id, 1000, "checkpoint", "all.json"));
        Assert.Equal(ExitCode.Ok, Verify("all.json", "checkpoint", 1000));
        Assert.Contains("301 of 301 records, 300 of them with", world.Cli.Output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_way_to_show_something_else_is_refused_by_its_rule()
    {
        var records = ExclusionWorld.Records(42, 1000);
        var id = await world.AttestAsync(records, new FilterRequest(FingerprintTier.Keyed, FilterAccess.Owner, true));
        await OpenAsync(id, 20, null);
        var other = await world.AttestAsync(
            ExclusionWorld.Records(43, 1000),
            new FilterRequest(FingerprintTier.Keyed, FilterAccess.Owner, true),
            "other.jsonl"
        );
        await OpenAsync(other, 20, null, "other.json", "other.jsonl");
        var audit = File.ReadAllBytes(Path.Combine(world.Cli.Work, "audit.json"));
        var another = JsonNode.Parse(File.ReadAllBytes(Path.Combine(world.Cli.Work, "other.json")))!.AsObject();
        var policy = LacePolicy.Parse(File.ReadAllBytes(Path.Combine(world.Cli.Work, "policy.json")), out _)!;
        Assert.Equal(BundleOutcome.Passed, RecordAuditVerification.Verify(audit, policy, new AuditRequest()).Outcome);

        // A record: another one in its place, one left out, one twice, one changed, its salt, features and path.
        AssertRefused(
            "audit.leaves",
            file => file["records"]![3]!["content"] = another["records"]![3]!["content"]!.DeepClone()
        );

        // Without the record that was drawn last it is the sample of one fewer, which the auditor's number tells.
        Assert.Equal(
            19,
            Enumerable
                .Range(0, 20)
                .Count(i => Refusals(file => file["records"]!.AsArray().RemoveAt(i)).Contains("audit.sample"))
        );
        AssertRefused("audit.sample", file => file["records"]!.AsArray().Add(file["records"]![19]!.DeepClone()));
        AssertRefused("audit.sample", file => file["records"]![3]!["index"] = (long)file["records"]![3]!["index"]! + 1);
        AssertRefused("audit.leaves", file => file["records"]![3]!["salt"] = Flip(file["records"]![3]!["salt"]!));
        AssertRefused("audit.leaves", file => file["records"]![3]!["features"]![2] = 1);
        AssertRefused("audit.features", file => file["records"]![3]!["features"]![0] = 1);
        AssertRefused("audit.features", file => file["records"]![3]!["plain"] = true);
        AssertRefused(
            "audit.leaves",
            file => file["records"]![3]!["hashes"]![0] = Flip(file["records"]![3]!["hashes"]![0]!)
        );
        AssertRefused("audit.leaves", file => file["records"]![3]!["hashes"]!.AsArray().RemoveAt(0));

        // The filter: a block, a hash, the key.
        AssertRefused("audit.filter", file => file["blocks"] = Flip(file["blocks"]!));
        AssertRefused("audit.filter", file => file["hashes"]![0] = Flip(file["hashes"]![0]!));
        AssertRefused("audit.filter", file => file["hashes"]!.AsArray().RemoveAt(0));
        AssertRefused("audit.near", file => file["near_duplicates"]!["blocks"] = Flip(Near(file)["blocks"]!));
        AssertRefused("audit.near", file => Near(file)["hashes"]![0] = Flip(Near(file)["hashes"]![0]!));
        AssertRefused("audit.near", file => Near(file)["hashes"]!.AsArray().RemoveAt(0));
        AssertRefused("audit.near", file => file.AsObject().Remove("near_duplicates"));
        AssertRefused("audit.near", file => file["near_duplicates"] = another["near_duplicates"]!.DeepClone());
        AssertRefused("audit.format", file => Near(file)["more"] = 1);
        AssertRefused("audit.key", file => file["key"] = Flip(file["key"]!));
        AssertRefused("audit.key", file => file.AsObject().Remove("key"));

        // Another checkpoint, another statement, another root.
        AssertRefused("audit.sample", file => file["checkpoint"] = another["checkpoint"]!.DeepClone());
        AssertRefused("statement.dataset.p256_logged", file => file["checkpoint"] = another["checkpoint"]!.DeepClone());
        AssertRefused(
            "log.checkpoint",
            file =>
                file["checkpoint"] = ((string)file["checkpoint"]!).Replace(
                    "\n\n",
                    "\nmore\n\n",
                    StringComparison.Ordinal
                )
        );
        AssertRefused("audit.leaves", file => file["statement"] = another["statement"]!.DeepClone());
        AssertRefused("audit.format", file => file["more"] = 1);
        AssertRefused("audit.format", file => file["records"]!.AsArray().Clear());
        AssertRefused("audit.format", file => file["records"]![0]!["features"]!.AsArray().Add(1));
        AssertRefused("audit.format", file => file["records"]![0]!["salt"] = "AAAA");
        AssertRefused("audit.format", file => file["records"]![0] = null);

        static JsonNode Near(JsonNode file) => file["near_duplicates"]!;

        void AssertRefused(string rule, Action<JsonNode> damage) => Assert.Contains(rule, Refusals(damage));

        string[] Refusals(Action<JsonNode> damage)
        {
            var changed = JsonNode.Parse(audit)!;
            damage(changed);
            var found = RecordAuditVerification.Verify(
                Encoding.UTF8.GetBytes(changed.ToJsonString()),
                policy,
                new AuditRequest()
            );
            Assert.Equal(BundleOutcome.Failed, found.Outcome);
            Assert.Empty(found.Confidence);
            return [.. found.Checks.Where(check => check.Status == CheckStatus.Failed).Select(check => check.Name)];
        }
    }

    [Theory]
    [InlineData("audit.filter")]
    [InlineData("audit.near")]
    public async Task A_filter_without_some_of_the_records_is_found_where_the_sample_meets_one(string check)
    {
        string[] records = ExclusionWorld.Records(44, 200);
        // The owner keeps every fifth record out of one of the filters.
        var (id, saltKey, survey, filter, bands) = await AttestWithoutAsync(records, check);
        var signed = SignedFilter.Parse(await world.Owner.GetByteArrayAsync($"/v1/exclusion-checks/{id}"), out _)!;
        var dataset = signed.Read()!;
        Assert.True(SignedNote.TryParse(signed.Checkpoint, out var note));
        Assert.True(Checkpoint.TryParse(note.Text, out var checkpoint));
        var indices = RecordSample.Draw(checkpoint, dataset.Dataset.Root, filter.Root, 200, 40);
        Assert.Contains(indices, index => index % 5 == 0);
        var openings = new RecordOpenings(indices);
        foreach (var chunk in DatasetCommitment.Chunks(survey, id, saltKey, 1))
        {
            openings.Add(chunk, id);
        }

        Assert.Equal(dataset.Dataset.Root, openings.Root);
        var audit = new RecordAudit(
            signed,
            openings.Open(PickedRecord.Read([Source(records)], indices), saltKey),
            null,
            new OpenedBlocks(default, [])
        );
        var (fingerprints, bandKeys) = RecordAuditVerification.KeysOf(audit);
        audit = audit with { Opened = filter.Open(fingerprints), OpenedBands = bands.Open(bandKeys) };
        var policy = LacePolicy.Parse(File.ReadAllBytes(Path.Combine(world.Cli.Work, "policy.json")), out _)!;
        var found = RecordAuditVerification.Verify(audit.Write(), policy, new AuditRequest());
        var failed = Assert.Single(found.Checks, check => check.Status == CheckStatus.Failed);
        Assert.Equal(check, failed.Name);
        Assert.Contains(
            $"the first of record {indices.First(index => index % 5 == 0)}.",
            failed.Detail,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task The_owner_is_told_what_is_not_his_dataset_or_came_too_early()
    {
        await CheckpointAsync("early");
        var records = ExclusionWorld.Records(45, 60);
        var id = await world.AttestAsync(records, ExclusionWorld.Callers);
        await FailsAsync(ExitCode.Usage, OpenAsync(id, 10, "early"));
        await FailsAsync(ExitCode.Incomplete, OpenAsync(id, 10, null, salt: "none.json"));
        world.Cli.Write("data.jsonl", string.Concat(records.Skip(1).Select(record => $"{{\"text\":\"{record}\"}}\n")));
        await FailsAsync(ExitCode.BadDataset, OpenAsync(id, 10, null));
        Assert.False(File.Exists(Path.Combine(world.Cli.Work, "audit.json")));
    }

    private static async Task FailsAsync(int exitCode, Task<int> call)
    {
        var failure = await Assert.ThrowsAsync<CliException>(() => call);
        Assert.Equal((exitCode, failure.Message), (failure.ExitCode, failure.Message));
    }

    /// <summary>An attestation of which one filter was made of some of its records alone.</summary>
    private async Task<(
        string Id,
        byte[] SaltKey,
        DatasetSurvey Survey,
        HeldFilter Filter,
        HeldFilter Bands
    )> AttestWithoutAsync(string[] records, string check)
    {
        var part = new DatasetPart(DatasetPartKind.Field, "text");
        var survey = DatasetSurvey.Take([Source(records)], part, 1);
        var kept = DatasetSurvey.Take([Source([.. records.Where((_, i) => i % 5 != 0)])], part, 1);
        var saltKey = new byte[DatasetCommitment.SaltKeySize];
        using var api = new LaceApi(LaceConfig.Resolve(null, null, world.Cli.Host), world.Cli.Host, quiet: true);
        var created = await api.PostAsync(
            "v1/attestations",
            new AttestationRequest(
                "data",
                new Dictionary<string, string>(),
                new DatasetDescription(DatasetFormat.JsonLines, part, 1),
                null,
                ExclusionWorld.Callers with
                {
                    NearDuplicates = true,
                }
            ),
            CliJson.Default.AttestationRequest,
            CliJson.Default.AttestationCreated,
            null,
            default
        );
        var chunk = Assert.Single(DatasetCommitment.Chunks(survey, created.Id, saltKey, 1));
        await api.PutAsync($"v1/attestations/{created.Id}/chunks/0", chunk.Bytes, default);
        var settings = created.Fingerprints!.Settings(FingerprintTier.Private);
        var (ofBands, ofFingerprints) = check == "audit.near" ? (kept, survey) : (survey, kept);
        var bands = new FilterBuilder(settings, new MemoryStream())
        {
            Bands = new FilterBuilder(settings, new MemoryStream()),
        };
        Assert.Single(DatasetCommitment.Chunks(ofBands, created.Id, saltKey, 1, bands));
        var builder = new FilterBuilder(settings with { NearDuplicates = false }, new MemoryStream())
        {
            Bands = bands.Bands,
        };
        Assert.Single(DatasetCommitment.Chunks(ofFingerprints, created.Id, saltKey, 1, builder));
        var stated = await new FilterUploads(api, new AttestationProgress(created.Id, "uploading", null), 1).SendAsync(
            builder,
            default
        );
        await api.PostAsync(
            $"v1/attestations/{created.Id}/complete",
            new CompletionRequest(survey.Records, chunk.Root.ToString(), 1, survey.Statistics, stated),
            CliJson.Default.CompletionRequest,
            CliJson.Default.AttestationProgress,
            null,
            default
        );
        return (created.Id, saltKey, survey, new HeldFilter(builder.Build()), new HeldFilter(bands.Bands.Build()));
    }

    private static DatasetSource Source(IEnumerable<string> records) =>
        TestSources.Of(Encoding.UTF8.GetBytes(string.Concat(records.Select(record => $"{{\"text\":\"{record}\"}}\n"))));

    private async Task AttestAnotherAsync() =>
        await world.FilterAsync(
            await world.AttestAsync(ExclusionWorld.Records(46, 5), ExclusionWorld.Callers, "small.jsonl")
        );

    private Task CheckpointAsync(string name = "checkpoint") =>
        Until.HoldsAsync(
            async () =>
            {
                using var answer = await world.App.Anonymous.GetAsync("/v1/log/checkpoint");
                if (answer.StatusCode == HttpStatusCode.OK)
                {
                    world.Cli.Write(name, await answer.Content.ReadAsStringAsync());
                }

                return answer.StatusCode == HttpStatusCode.OK;
            },
            "the first checkpoint of the log"
        );

    private Task<int> OpenAsync(
        string id,
        int sample,
        string? checkpoint,
        string file = "audit.json",
        string dataset = "data.jsonl",
        string? salt = null
    ) =>
        new RecordAuditRun(
            world.Cli.Host,
            LaceConfig.Resolve(null, null, world.Cli.Host),
            new RecordAuditOptions(id, sample, [dataset], salt, checkpoint, file, Json: true, Quiet: true)
        ).RunAsync(default);

    private int Verify(string file, string? checkpoint, int? sample, string? policy = "policy.json") =>
        new OfflineRecordAudit(
            world.Cli.Host,
            new OfflineOptions(file, policy, null, [], null, null, false, true),
            checkpoint,
            sample
        ).Run(false);

    private long[] Indices(string file) =>
        [
            .. JsonNode.Parse(File.ReadAllBytes(Path.Combine(world.Cli.Work, file)))!["records"]!
                .AsArray()
                .Select(record => (long)record!["index"]!),
        ];

    private JsonElement Last() => JsonDocument.Parse(world.Cli.Output.ToString().TrimEnd().Split('\n')[^1]).RootElement;

    private static JsonValue Flip(JsonNode base64)
    {
        var bytes = Convert.FromBase64String((string)base64!);
        bytes[^1] ^= 1;
        return JsonValue.Create(Convert.ToBase64String(bytes));
    }
}
