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

/// <summary>Who may ask a filter, how often, and which filters are taken.</summary>
public sealed class ExclusionRouteTests : IAsyncLifetime
{
    private ExclusionWorld world = null!;

    public async ValueTask InitializeAsync() => world = await ExclusionWorld.StartAsync();

    public ValueTask DisposeAsync() => world.DisposeAsync();

    [Fact]
    public async Task Strangers_ask_what_is_open_to_callers_and_cannot_tell_what_is_not()
    {
        var open = await world.AttestAsync(ExclusionWorld.Records(5, 50), ExclusionWorld.Callers);
        var closed = await world.AttestAsync(
            ExclusionWorld.Records(6, 50),
            new FilterRequest(FingerprintTier.Private, FilterAccess.Owner),
            "b.jsonl"
        );
        var without = await world.AttestAsync(ExclusionWorld.Records(7, 50), null, "c.jsonl");
        var begun = await world.Owner.BeginAsync(
            """{"dataset":{"format":"text","part":{"kind":"whole"},"sources":1},"fingerprints":{"tier":"T1"}}"""
        );
        using var stranger = await world.App.NewTenantAsync("verify");
        using var attester = await world.App.NewTenantAsync("attest");

        await world.Owner.GetAsync($"/v1/exclusion-checks/{closed}").JsonAsync(HttpStatusCode.OK);
        await stranger.GetAsync($"/v1/exclusion-checks/{open}").JsonAsync(HttpStatusCode.OK);
        var refusals = new HashSet<string>();
        foreach (var id in (string[])[closed, without, begun, "lace-20261120-134501-zzzzzz", "no-id"])
        {
            var clock = System.Diagnostics.Stopwatch.StartNew();
            var got = await stranger.GetAsync($"/v1/exclusion-checks/{id}").ProblemAsync(404, "not_found");
            Assert.InRange(clock.ElapsedMilliseconds, 45, 60_000); // timers may be a little early
            var asked = await stranger
                .PostJsonAsync("/v1/exclusion-checks", ExclusionWorld.Question(id, new string('0', 32), 3))
                .ProblemAsync(404, "not_found");
            refusals.Add(got.GetProperty("detail").GetString() + asked.GetProperty("detail").GetString());
        }

        Assert.Single(refusals);
        await attester.GetAsync($"/v1/exclusion-checks/{open}").ProblemAsync(403, "scope_missing");
        await world.App.Anonymous.GetAsync($"/v1/exclusion-checks/{open}").ProblemAsync(401, "key_missing");
    }

    [Fact]
    public async Task Refuses_questions_that_are_none()
    {
        var id = await world.AttestAsync(ExclusionWorld.Records(8, 50), ExclusionWorld.Callers);
        var salt = (await world.FilterAsync(id)).Salt;
        await world
            .Owner.PostJsonAsync("/v1/exclusion-checks", ExclusionWorld.Question(id, salt, 20))
            .JsonAsync(HttpStatusCode.OK);
        await world
            .Owner.PostJsonAsync("/v1/exclusion-checks", ExclusionWorld.Question(id, new string('0', 32), 20))
            .ProblemAsync(422, "wrong_salt");
        await world
            .Owner.PostJsonAsync("/v1/exclusion-checks", ExclusionWorld.Question(id, salt, 0))
            .ProblemAsync(400, "invalid_request");
        await world
            .Owner.PostJsonAsync(
                "/v1/exclusion-checks",
                $$"""{"attestation_id":"{{id}}","salt":"{{salt}}","fingerprints":"AAAA"}"""
            )
            .ProblemAsync(400, "invalid_request");
        await world
            .Owner.PostJsonAsync(
                "/v1/exclusion-checks",
                ExclusionWorld.Question(id, salt, ExclusionProof.MaxFingerprints + 1)
            )
            .ProblemAsync(400, "invalid_request");

        // The server answers without reading: a client that had sent all at once might find the connection closed first.
        world.Owner.DefaultRequestHeaders.ExpectContinue = true;
        await world
            .Owner.PostJsonAsync("/v1/exclusion-checks", ExclusionWorld.Question(id, salt, 200_000))
            .ProblemAsync(413, "body_too_large");
    }

    [Fact]
    public async Task A_caller_is_limited_by_fingerprints_and_others_are_not()
    {
        var id = await world.AttestAsync(ExclusionWorld.Records(9, 50), ExclusionWorld.Callers);
        var salt = (await world.FilterAsync(id)).Salt;
        using var greedy = await world.App.NewTenantAsync("verify");
        var (answered, refused) = (0, 0);
        for (var i = 0; i < 6; i++)
        {
            var answer = await greedy.PostJsonAsync("/v1/exclusion-checks", ExclusionWorld.Question(id, salt, 9_000));
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
        using var modest = await world.App.NewTenantAsync("verify");
        await modest
            .PostJsonAsync("/v1/exclusion-checks", ExclusionWorld.Question(id, salt, 100))
            .JsonAsync(HttpStatusCode.OK);

        // Small questions cost a least amount.
        using var patient = await world.App.NewTenantAsync("verify");
        var last = HttpStatusCode.OK;
        for (var i = 0; i < 2 * ExclusionRate.Burst / ExclusionRate.LeastCost && last == HttpStatusCode.OK; i++)
        {
            last = (
                await patient.PostJsonAsync("/v1/exclusion-checks", ExclusionWorld.Question("no-id", salt, 1))
            ).StatusCode;
            last = last == HttpStatusCode.NotFound ? HttpStatusCode.OK : last;
            i += 20;
        }

        Assert.Equal(HttpStatusCode.OK, last);
    }

    [Fact]
    public async Task Each_question_is_an_entry_of_the_owners_audit_chain()
    {
        var id = await world.AttestAsync(ExclusionWorld.Records(10, 50), ExclusionWorld.Callers);
        var salt = (await world.FilterAsync(id)).Salt;
        using var stranger = await world.App.NewTenantAsync("verify");
        for (var i = 1; i <= 3; i++)
        {
            await stranger
                .PostJsonAsync("/v1/exclusion-checks", ExclusionWorld.Question(id, salt, i))
                .JsonAsync(HttpStatusCode.OK);
        }

        var chain = await world.Owner.GetStringAsync("/v1/audit_logs?format=jsonl");
        var entries = chain
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonDocument.Parse(line).RootElement)
            .Where(entry => entry.GetProperty("operation").GetString() == "exclusion.check")
            .ToArray();
        Assert.Equal(3, entries.Length);
        Assert.All(entries, entry => Assert.Equal(id, entry.GetProperty("object_id").GetString()));
        var caller = Assert.Single(
            entries.Select(entry => entry.GetProperty("artifact_ids_consumed")[0].GetString()).Distinct()
        );
        Assert.Matches("^caller:[0-9a-f]{12}$", caller);
        var verified = Lace.Evidence.Audit.AuditFileVerification.Verify(
            new MemoryStream(Encoding.UTF8.GetBytes(chain)),
            null
        );
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
        Assert.Equal(HttpStatusCode.Created, (await world.Owner.PutChunkAsync(id, 0, dataset.Chunk(id, 0))).StatusCode);
        await world.Owner.CompleteAsync(id, dataset.Completion()).ProblemAsync(422, "filter_missing");
        await world.Owner.CompleteAsync(id, Stated()).ProblemAsync(422, "filter_missing");
        await PutAsync(id, 0, FilterPart.Write(filter, "lace-20261120-134501-x7k2p9", 0))
            .ProblemAsync(422, "filter_part_malformed");
        await PutAsync(id, 1, FilterPart.Write(filter, id, 0)).ProblemAsync(422, "filter_part_malformed");
        await PutAsync(id, 0, [.. FilterPart.Write(filter, id, 0), 0]).ProblemAsync(422, "filter_part_malformed");
        await PutAsync(id, 0, FilterPart.Write(filter, id, 0)).JsonAsync(HttpStatusCode.Created);
        await PutAsync(id, 0, FilterPart.Write(filter, id, 0)).JsonAsync(HttpStatusCode.OK);
        await PutAsync(id, 0, FilterPart.Write(new BlockedBloomFilter(64), id, 0))
            .ProblemAsync(409, "filter_part_conflict");
        var seen = await world.Owner.GetAsync($"/v1/attestations/{id}").JsonAsync(HttpStatusCode.OK);
        Assert.Equal("[[0,0]]", seen.GetProperty("filter_parts").GetRawText());
        await world.Owner.CompleteAsync(id, Stated(root: new string('0', 64))).ProblemAsync(422, "filter_mismatch");
        await world.Owner.CompleteAsync(id, Stated(popcount: 5)).ProblemAsync(422, "filter_mismatch");
        await world.Owner.CompleteAsync(id, Stated(distinct: 1900)).ProblemAsync(422, "filter_implausible");
        await world.Owner.CompleteAsync(id, Stated(distinct: 5_000_000)).ProblemAsync(400, "invalid_request");
        var done = await world.Owner.CompleteAsync(id, Stated()).JsonAsync(HttpStatusCode.OK);
        Assert.Equal(
            filter.Fill().FalsePositiveRate,
            done.GetProperty("fingerprints").GetProperty("false_positive_rate").GetDouble()
        );
        await world.Owner.CompleteAsync(id, Stated()).JsonAsync(HttpStatusCode.OK);
        await world.Owner.CompleteAsync(id, dataset.Completion()).ProblemAsync(409, "already_complete");
        await PutAsync(id, 1, FilterPart.Write(filter, id, 0)).ProblemAsync(409, "already_complete");

        // An empty filter excludes everything.
        var empty = await BeginAsync();
        await world.Owner.PutChunkAsync(empty, 0, dataset.Chunk(empty, 0));
        filter = new BlockedBloomFilter(64);
        await PutAsync(empty, 0, FilterPart.Write(filter, empty, 0)).JsonAsync(HttpStatusCode.Created);
        await world.Owner.CompleteAsync(empty, Stated(popcount: 0)).ProblemAsync(422, "filter_implausible");

        // One of only ones holds everything.
        var full = await BeginAsync();
        await world.Owner.PutChunkAsync(full, 0, dataset.Chunk(full, 0));
        byte[] ones = [.. FilterPart.Header(full, 0, 64), .. Enumerable.Repeat((byte)255, 64 * 64)];
        await PutAsync(full, 0, ones).JsonAsync(HttpStatusCode.Created);
        var root = BlockTree.Head(0, ones.AsSpan(^(64 * 64)..)).ToString();
        await world.Owner.CompleteAsync(full, Stated(root, 64 * 512)).ProblemAsync(422, "filter_full");

        Task<string> BeginAsync() =>
            world.Owner.BeginAsync(
                """{"dataset":{"format":"text","part":{"kind":"whole"},"sources":1},"fingerprints":{"tier":"T1"}}"""
            );

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

    private Task<HttpResponseMessage> PutAsync(string id, int part, byte[] bytes)
    {
        var content = new ByteArrayContent(bytes);
        content.Headers.ContentType = new("application/octet-stream");
        var digest = Convert.ToBase64String(System.Security.Cryptography.SHA256.HashData(bytes));
        content.Headers.TryAddWithoutValidation("Content-Digest", $"sha-256=:{digest}:");
        return world.Owner.PutAsync($"/v1/attestations/{id}/filter/{part}", content);
    }
}
