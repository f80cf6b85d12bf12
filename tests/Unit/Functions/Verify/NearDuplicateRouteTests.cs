using System.Net;
using System.Text.Json.Nodes;
using Lace.Cli.Attest;
using Lace.Evidence.Fingerprints;

namespace Lace.Tests.Functions.Verify;

/// <summary>Which second filters are taken, and which questions to them are answered.</summary>
public sealed class NearDuplicateRouteTests : IAsyncLifetime
{
    private static readonly FilterRequest Both = new(FingerprintTier.Private, FilterAccess.Callers, true);

    private ExclusionWorld world = null!;

    public async ValueTask InitializeAsync() => world = await ExclusionWorld.StartAsync();

    public ValueTask DisposeAsync() => world.DisposeAsync();

    [Fact]
    public async Task Refuses_questions_about_bands_that_are_none()
    {
        var with = await world.AttestAsync(ExclusionWorld.Records(7, 30), Both);
        var without = await world.AttestAsync(ExclusionWorld.Records(8, 30), ExclusionWorld.Callers, "b.jsonl");
        var closed = await world.AttestAsync(
            ExclusionWorld.Records(9, 30),
            Both with
            {
                Access = FilterAccess.Owner,
            },
            "c.jsonl"
        );
        using var stranger = await world.App.NewTenantAsync("verify");
        var salt = (await world.FilterAsync(with)).Salt;
        var answer = await AskAsync(stranger, with, salt, 32).JsonAsync(HttpStatusCode.OK);
        Assert.Equal(
            "NOT_FOUND",
            answer.GetProperty("near_duplicates").GetProperty("findings").GetProperty("verdict").GetString()
        );
        foreach (var bands in (int[])[0, 31, 33, 5000])
        {
            await AskAsync(stranger, with, salt, bands).ProblemAsync(400, "invalid_request");
        }

        await AskAsync(stranger, without, (await world.FilterAsync(without)).Salt, 32)
            .ProblemAsync(409, "no_near_duplicates");
        await AskAsync(stranger, closed, salt, 32).ProblemAsync(404, "not_found");
        await AskAsync(stranger, "lace-20261120-134501-zzzzzz", salt, 32).ProblemAsync(404, "not_found");
        await AskAsync(stranger, with, new string('0', 32), 32).ProblemAsync(422, "wrong_salt");
        var chain = await world.Owner.GetStringAsync("/v1/audit_logs?format=jsonl");
        Assert.Single(chain.Split('\n'), line => line.Contains("\"exclusion.check\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_second_filter_that_is_not_the_one_stated_or_cannot_be_is_refused()
    {
        await world
            .Owner.PostJsonAsync("/v1/attestations", Begin("""{"tier":"T0","near_duplicates":true}"""))
            .ProblemAsync(400, "invalid_request");
        var dataset = new TestDataset(100);
        var (filter, bands) = (Filled(1, 1000), Filled(2, 64));
        var id = await world.Owner.BeginAsync(Begin("""{"tier":"T1","near_duplicates":true}"""));
        await world.Owner.PutChunkAsync(id, 0, dataset.Chunk(id, 0));
        await PutAsync(id, "filter", FilterPart.Write(filter, id, 0)).JsonAsync(HttpStatusCode.Created);
        await world.Owner.CompleteAsync(id, Stated(null)).ProblemAsync(400, "invalid_request");
        await world.Owner.CompleteAsync(id, Stated(Bands())).ProblemAsync(422, "filter_missing");
        // A part of the first filter is none of the second.
        await PutAsync(id, "bands", FilterPart.Write(bands, id, 0)).ProblemAsync(422, "filter_part_malformed");
        byte[] part = FilterPart.Write(bands, id, 0, FilterContent.Bands);
        await PutAsync(id, "filter", part).ProblemAsync(409, "filter_part_conflict");
        await PutAsync(id, "bands", part).JsonAsync(HttpStatusCode.Created);
        await PutAsync(id, "bands", part).JsonAsync(HttpStatusCode.OK);
        await PutAsync(id, "bands", FilterPart.Write(filter, id, 0, FilterContent.Bands))
            .ProblemAsync(409, "filter_part_conflict");
        var seen = await world.Owner.GetAsync($"/v1/attestations/{id}").JsonAsync(HttpStatusCode.OK);
        Assert.Equal("[[0,0]]", seen.GetProperty("band_filter_parts").GetRawText());
        await RefusedAsync("root", new string('0', 64), 422, "filter_mismatch");
        await RefusedAsync("root", BlockTree.Head(filter).ToString(), 422, "filter_mismatch");
        await RefusedAsync("popcount", 5, 422, "filter_mismatch");
        await RefusedAsync("distinct", 1900, 422, "filter_implausible");
        await RefusedAsync("distinct", 5_000_000, 400, "invalid_request");
        await RefusedAsync("keys", 65, 400, "invalid_request");
        var done = await world.Owner.CompleteAsync(id, Stated(Bands())).JsonAsync(HttpStatusCode.OK);
        Assert.Equal(
            bands.Fill().FalsePositiveRate,
            done.GetProperty("fingerprints")
                .GetProperty("near_duplicates")
                .GetProperty("false_positive_rate")
                .GetDouble()
        );
        await world.Owner.CompleteAsync(id, Stated(Bands())).JsonAsync(HttpStatusCode.OK);
        await world.Owner.CompleteAsync(id, Stated(null)).ProblemAsync(409, "already_complete");

        // One that was begun without takes neither parts nor a statement of them.
        var plain = await world.Owner.BeginAsync(Begin("""{"tier":"T1"}"""));
        await world.Owner.PutChunkAsync(plain, 0, dataset.Chunk(plain, 0));
        await PutAsync(plain, "filter", FilterPart.Write(filter, plain, 0)).JsonAsync(HttpStatusCode.Created);
        await PutAsync(plain, "bands", FilterPart.Write(bands, plain, 0, FilterContent.Bands))
            .ProblemAsync(400, "invalid_request");
        await world.Owner.CompleteAsync(plain, Stated(Bands())).ProblemAsync(400, "invalid_request");

        async Task RefusedAsync(string member, JsonNode value, int status, string code)
        {
            var stated = Bands();
            stated[member] = value;
            await world.Owner.CompleteAsync(id, Stated(stated)).ProblemAsync(status, code);
        }

        JsonObject Stated(JsonObject? second)
        {
            var completion = dataset.Completion();
            var first = Of(filter, 1000);
            if (second is not null)
            {
                first["near_duplicates"] = second;
            }

            completion["fingerprints"] = first;
            return completion;
        }

        JsonObject Bands() => Of(bands, 64);

        static JsonObject Of(BlockedBloomFilter filter, int keys) =>
            new()
            {
                ["root"] = BlockTree.Head(filter).ToString(),
                ["blocks"] = 64,
                ["keys"] = keys,
                ["distinct"] = keys,
                ["popcount"] = filter.Fill().Bits,
                ["short_records"] = 0,
            };

        static string Begin(string fingerprints) =>
            $$"""{"dataset":{"format":"text","part":{"kind":"whole"},"sources":1},"fingerprints":{{fingerprints}}}""";
    }

    private static BlockedBloomFilter Filled(int seed, int keys)
    {
        var filter = new BlockedBloomFilter(64);
        var random = new Random(seed);
        for (var i = 0; i < keys; i++)
        {
            filter.Add((ulong)random.NextInt64() * 2);
        }

        return filter;
    }

    private Task<HttpResponseMessage> PutAsync(string id, string filter, byte[] bytes)
    {
        var content = new ByteArrayContent(bytes);
        content.Headers.ContentType = new("application/octet-stream");
        var digest = Convert.ToBase64String(System.Security.Cryptography.SHA256.HashData(bytes));
        content.Headers.TryAddWithoutValidation("Content-Digest", $"sha-256=:{digest}:");
        return world.Owner.PutAsync($"/v1/attestations/{id}/{filter}/0", content);
    }

    private static Task<HttpResponseMessage> AskAsync(HttpClient caller, string id, string salt, int bands)
    {
        var question = JsonNode.Parse(ExclusionWorld.Question(id, salt, 3))!;
        question["bands"] = FingerprintText.Encode([
            .. Enumerable.Range(1, bands).Select(i => (ulong)i * 0x9E3779B97F4A7C15),
        ]);
        return caller.PostJsonAsync("/v1/exclusion-checks", question.ToJsonString());
    }
}
