using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.Json;
using Lace.Cli;
using Lace.Cli.Attest;
using Lace.Cli.Exclusion;
using Lace.Evidence.Bundles;
using Lace.Evidence.Fingerprints;
using Lace.Evidence.Verification;
using Lace.Functions.Plans;
using Lace.Functions.Storage;
using Lace.Functions.Verify;
using Lace.Platform;
using Lace.Records.Audit;
using Lace.Records.Storage;
using Lace.Tests.Evidence.Fingerprints;
using Lace.Tests.Functions.TransparencyLog;
using Microsoft.Extensions.DependencyInjection;

namespace Lace.Tests.Functions.Verify;

/// <summary>A caller who asks without end, sends what is too long or made wrongly, and looks for what is not his.</summary>
public sealed class HostileCallerTests : IAsyncLifetime
{
    private ExclusionWorld world = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => world = await ExclusionWorld.StartAsync();

    public ValueTask DisposeAsync() => world.DisposeAsync();

    [Fact]
    public async Task Of_a_million_questions_a_caller_gets_what_the_rate_allows_and_others_theirs()
    {
        using var rate = new ExclusionRate(new SharedMinute(new MemoryStores(), new ManualClock()));
        var (greedy, modest) = (new TenantId("greedy"), new TenantId("modest"));
        var began = Stopwatch.GetTimestamp();
        var answered = 0;
        for (var i = 0; i < 1_000_000; i++)
        {
            answered += await rate.TakeAsync(greedy, 1, Cancel) is null ? 1 : 0;
        }

        var seconds = (int)Math.Ceiling(Stopwatch.GetElapsedTime(began).TotalSeconds) + 1;
        const int atOnce = ExclusionRate.Burst / ExclusionRate.LeastCost;
        Assert.InRange(answered, atOnce, atOnce + (seconds * ExclusionRate.PerSecond / ExclusionRate.LeastCost));
        Assert.Null(await rate.TakeAsync(modest, ExclusionProof.MaxFingerprints, Cancel));
    }

    [Fact]
    public async Task Many_processes_together_answer_no_more_in_a_minute_than_one_at_once()
    {
        var store = new MemoryStores();
        var clock = new ManualClock();
        ExclusionRate[] processes =
        [
            .. Enumerable.Range(0, 20).Select(_ => new ExclusionRate(new SharedMinute(store, clock))),
        ];
        var answered = 0;
        for (var i = 0; i < 20_000; i++)
        {
            answered += await processes[i % 20].TakeAsync(new TenantId("greedy"), 1, Cancel) is null ? 1 : 0;
        }

        // A hundredth each beyond what is counted together.
        const int atOnce = ExclusionRate.Burst / ExclusionRate.LeastCost;
        Assert.InRange(answered, atOnce * 9 / 10, atOnce * 12 / 10);
        Array.ForEach(processes, process => process.Dispose());
    }

    [Fact]
    public async Task Over_http_what_is_answered_is_limited_and_each_answer_is_in_the_owners_chain()
    {
        var id = await world.AttestAsync(ExclusionWorld.Records(51, 50), ExclusionWorld.Callers);
        var question = ExclusionWorld.Question(id, (await world.FilterAsync(id)).Salt, 1000);
        using var greedy = await world.App.NewTenantAsync("verify");
        var began = Stopwatch.GetTimestamp();
        var answers = new HttpStatusCode[300];
        await Parallel.ForAsync(
            0,
            answers.Length,
            new ParallelOptions { MaxDegreeOfParallelism = 8 },
            async (i, stop) => answers[i] = (await greedy.PostJsonAsync("/v1/exclusion-checks", question)).StatusCode
        );
        var seconds = (int)Math.Ceiling(Stopwatch.GetElapsedTime(began).TotalSeconds) + 1;
        var answered = answers.Count(code => code == HttpStatusCode.OK);
        Assert.Equal(answers.Length, answered + answers.Count(code => code == HttpStatusCode.TooManyRequests));
        Assert.InRange(answered, 20, 20 + (seconds * ExclusionRate.PerSecond / 1000));
        Assert.Equal(answered, await ChainAsync("exclusion.check"));
    }

    [Fact]
    public async Task A_folder_that_is_more_than_the_rate_keeps_what_was_answered()
    {
        var id = await world.AttestAsync(ExclusionWorld.Records(55, 50), ExclusionWorld.Callers);
        string[] names = ["a.txt", "b.txt", "c.txt", "d.txt"];
        foreach (var (seed, name) in names.Index())
        {
            world.Cli.Write(name, Encoding.ASCII.GetString(NaiveFingerprints.Words(new Random(seed), 290_000)));
        }

        // Waiting takes no time in this fixture, so that what is not there at once never comes.
        var options = new CheckOptions(id, names, null, null, false, false, Json: true, true);
        Assert.Equal(ExitCode.Incomplete, await world.RunAsync(options));
        var texts = JsonDocument
            .Parse(world.Cli.Output.ToString().TrimEnd().Split('\n')[^1])
            .RootElement.GetProperty("texts")
            .EnumerateArray()
            .ToArray();
        Assert.Equal(4, texts.Length);
        Assert.True(texts[0].TryGetProperty("findings", out _) && texts[1].TryGetProperty("findings", out _));
        Assert.All(
            texts[2..],
            text =>
                Assert.Contains("too_many_requests", text.GetProperty("error").GetString(), StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task A_body_of_a_hundred_megabytes_is_refused_and_not_read()
    {
        var body = new EndlessBody(100 << 20);
        try
        {
            var answer = await world.Owner.PostAsync("/v1/exclusion-checks", body);
            Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
        }
        catch (HttpRequestException)
        {
            // The server closed the connection before all was sent.
        }

        Assert.InRange(body.Sent, 0, 32 << 20);
        await world.App.Anonymous.GetAsync("/health").JsonAsync(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_text_of_a_hundred_megabytes_is_refused_before_it_is_read()
    {
        var id = await world.AttestAsync(ExclusionWorld.Records(52, 50), ExclusionWorld.Callers);
        using (var file = File.Create(Path.Combine(world.Cli.Work, "huge.txt")))
        {
            file.SetLength(100 << 20);
        }

        var failure = await Assert.ThrowsAsync<CliException>(() =>
            world.RunAsync(new CheckOptions(id, ["huge.txt"], null, null, false, false, false, true))
        );
        Assert.Equal(ExitCode.Usage, failure.ExitCode);
        Assert.Contains("more than 16 MiB", failure.Message, StringComparison.Ordinal);
        Assert.Equal(0, await ChainAsync("exclusion.check"));
    }

    [Fact]
    public async Task Fingerprints_under_another_salt_make_no_proof_that_holds()
    {
        var records = ExclusionWorld.Records(53, 50);
        var id = await world.AttestAsync(records, ExclusionWorld.Callers);
        var signed = SignedFilter.Parse(await world.Owner.GetByteArrayAsync($"/v1/exclusion-checks/{id}"), out _)!;
        var filter = signed.Read()!.Fingerprints!;
        var text = Encoding.UTF8.GetBytes(records[3]);
        var without = new TextFingerprints(new FingerprintSettings(FingerprintTier.Private, new byte[16])).Of(
            text,
            out _
        );
        ulong[] asked = [.. without.Select(window => window.Fingerprint)];

        // Said to be of the right salt: the service cannot know, and the answer is that of a text that is not there.
        var answer = await world
            .Owner.PostJsonAsync(
                "/v1/exclusion-checks",
                $$"""{"attestation_id":"{{id}}","salt":"{{filter.Salt}}","fingerprints":"{{FingerprintText.Encode(asked)}}"}"""
            )
            .JsonAsync(HttpStatusCode.OK);
        Assert.Equal("CLEAR", answer.GetProperty("findings").GetProperty("verdict").GetString());

        // Whoever is shown the proof with the text sees it.
        var opened = new OpenedBlocks(
            Convert.FromBase64String(answer.GetProperty("blocks").GetString()!),
            [
                .. answer
                    .GetProperty("hashes")
                    .EnumerateArray()
                    .Select(hash => new Lace.Evidence.Transparency.MerkleHash(hash.GetBytesFromBase64())),
            ]
        );
        var proof = new ExclusionProof(
            signed,
            new CheckedText(new(System.Security.Cryptography.SHA256.HashData(text)), text.Length, 0),
            asked,
            null,
            opened,
            ExclusionVerdict.Clear
        );
        var policy = LacePolicy.Parse(File.ReadAllBytes(Path.Combine(world.Cli.Work, "policy.json")), out _)!;
        var check = ExclusionVerification.Verify(proof.Write(), policy, text);
        Assert.Equal(
            ["exclusion.text"],
            check.Checks.Where(one => one.Status == CheckStatus.Failed).Select(one => one.Name)
        );
    }

    [Fact]
    public async Task What_may_not_be_asked_takes_the_same_reads_as_what_is_not_there()
    {
        var closed = await world.AttestAsync(
            ExclusionWorld.Records(54, 50),
            new FilterRequest(FingerprintTier.Public, FilterAccess.Owner)
        );
        var begun = await world.Owner.BeginAsync(
            """{"dataset":{"format":"text","part":{"kind":"whole"},"sources":1},"fingerprints":{"tier":"T1"}}"""
        );
        var read = new List<string>();
        var items = new WatchedReads(
            world.App.Services.GetRequiredService<IItemStore>(),
            key =>
            {
                read.Add(key.Sort);
                return Task.CompletedTask;
            }
        );
        var filters = new AskedFilters(
            new PublicIds(items),
            new Attestations(
                items,
                world.App.Services.GetRequiredService<IBlobStore>(),
                world.App.Services.GetRequiredService<AuditTrail>(),
                TimeProvider.System
            ),
            null!,
            null!,
            null!,
            TimeProvider.System
        );
        var reads = new HashSet<string>();
        foreach (var id in (string[])[closed, begun, "lace-20261120-134501-zzzzzz"])
        {
            read.Clear();
            var (found, refusal) = await filters.FindAsync(new TenantId("stranger"), id, default);
            Assert.Null(found);
            Assert.Equal("not_found", refusal!.Code);
            reads.Add(string.Join(' ', read));
        }

        Assert.Equal("OWNER META", Assert.Single(reads));
        using var stranger = await world.App.NewTenantAsync("verify");
        var answers = new HashSet<string>();
        foreach (var id in (string[])[closed, begun, "lace-20261120-134501-zzzzzz", "no-id"])
        {
            var part = await stranger.GetAsync($"/v1/exclusion-checks/{id}/filter/0").ProblemAsync(404, "not_found");
            answers.Add(part.GetProperty("detail").GetString()!);
        }

        Assert.Single(answers);
    }

    private async Task<int> ChainAsync(string operation) =>
        (await world.Owner.GetStringAsync("/v1/audit_logs?format=jsonl"))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonDocument.Parse(line).RootElement.GetProperty("operation").GetString())
            .Count(name => name == operation);

    /// <summary>A JSON string that goes on, of a length that is not told beforehand.</summary>
    private sealed class EndlessBody : HttpContent
    {
        private readonly int length;

        public EndlessBody(int length)
        {
            this.length = length;
            Headers.ContentType = new("application/json");
        }

        public int Sent { get; private set; }

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync(
                """{"attestation_id":"x","salt":"x","fingerprints":" """.TrimEnd().Select(c => (byte)c).ToArray()
            );
            var part = Enumerable.Repeat((byte)'A', 1 << 16).ToArray();
            for (; Sent < length; Sent += part.Length)
            {
                await stream.WriteAsync(part);
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
