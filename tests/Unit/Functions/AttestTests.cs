using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Lace.Evidence.Datasets;
using Lace.Records.Notary;
using Lace.Records.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace Lace.Tests.Functions;

public sealed class AttestTests(LaceAppFixture fixture) : IClassFixture<LaceAppFixture>, IAsyncLifetime
{
    private static readonly TestDataset Small = new(1000);
    private static readonly TestDataset Large = new((3 * DatasetChunk.Records) + 17);

    private readonly LaceApp app = fixture.App;
    private HttpClient client = null!;

    public async ValueTask InitializeAsync() => client = await app.NewTenantAsync("attest");

    public ValueTask DisposeAsync()
    {
        client.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Creates_an_attestation_under_an_id_with_its_time()
    {
        var answer = await client.PostJsonAsync("/v1/attestations", TestDataset.Create);
        var created = await answer.JsonAsync(HttpStatusCode.Created);
        var id = created.GetProperty("id").GetString();
        Assert.Matches("^lace-[0-9]{8}-[0-9]{6}-[2-9a-z]{6}$", id);
        Assert.Equal($"/v1/attestations/{id}", answer.Headers.Location?.ToString());
        Assert.Equal("uploading", created.GetProperty("status").GetString());
        Assert.Equal(16384, created.GetProperty("chunk_records").GetInt32());
    }

    [Fact]
    public async Task A_completed_attestation_has_the_digest_of_the_statement_that_is_stored()
    {
        var id = await client.AttestAsync(Small);
        var document = await client.GetAsync($"/v1/attestations/{id}").JsonAsync(HttpStatusCode.OK);
        var tenant = await app.Services.GetRequiredService<PublicIds>().FindTenantAsync(id);
        var statements = app.Services.GetRequiredService<SignedStatements>();
        var stored = await statements.NewestAsync(tenant!.Value, id, StatementKinds.Dataset);
        Assert.Equal(
            Convert.ToHexStringLower(SHA256.HashData(stored!.Signed.Payload.Span)),
            document.GetProperty("statement_sha256").GetString()
        );
    }

    [Fact]
    public async Task Goes_on_after_a_restart_where_it_stopped()
    {
        await using var restarted = await LaceApp.StartAsync();
        var before = await restarted.NewTenantAsync();
        var id = await before.BeginAsync();
        await before.PutChunkAsync(id, 0, Large.Chunk(id, 0)).JsonAsync(HttpStatusCode.Created);
        await before.PutChunkAsync(id, 2, Large.Chunk(id, 2)).JsonAsync(HttpStatusCode.Created);
        await restarted.RestartAsync();
        client = restarted.Client(before.DefaultRequestHeaders.Authorization!.Parameter!);

        var seen = await client.GetAsync($"/v1/attestations/{id}").JsonAsync(HttpStatusCode.OK);
        Assert.Equal("[[0,0],[2,2]]", seen.GetProperty("chunks").GetRawText());
        Assert.Equal(16384, seen.GetProperty("chunk_records").GetInt32());
        await client.PutChunkAsync(id, 2, Large.Chunk(id, 2)).JsonAsync(HttpStatusCode.OK);
        await client.PutChunkAsync(id, 1, Large.Chunk(id, 1)).JsonAsync(HttpStatusCode.Created);
        await client.PutChunkAsync(id, 3, Large.Chunk(id, 3)).JsonAsync(HttpStatusCode.Created);
        await client.CompleteAsync(id, Large.Completion()).JsonAsync(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Refuses_completion_while_chunks_are_missing_and_names_them()
    {
        var id = await client.BeginAsync();
        var none = await client.CompleteAsync(id, Large.Completion()).ProblemAsync(422, "chunks_missing");
        Assert.Equal("[[0,3]]", none.GetProperty("missing").GetRawText());
        await client.PutChunkAsync(id, 1, Large.Chunk(id, 1)).JsonAsync(HttpStatusCode.Created);
        var some = await client.CompleteAsync(id, Large.Completion()).ProblemAsync(422, "chunks_missing");
        Assert.Equal("[[0,0],[2,3]]", some.GetProperty("missing").GetRawText());
    }

    [Fact]
    public async Task Refuses_completion_that_states_something_else()
    {
        var id = await client.BeginAsync();
        await client.PutChunkAsync(id, 0, Small.Chunk(id, 0)).JsonAsync(HttpStatusCode.Created);
        await Refused("root", new TestDataset(1000, seed: 2).Root, 422, "root_mismatch");
        await Refused("root", "", 422, "root_mismatch");
        await Refused("root", Small.Root.ToUpperInvariant(), 422, "root_mismatch");
        await Refused("records", 999, 422, "records_mismatch");
        await Refused("records", 0, 400, "invalid_request");
        await Refused("records", -1, 400, "invalid_request");
        await Refused("chunks", 0, 400, "invalid_request");
        await Refused("chunks", int.MaxValue, 400, "invalid_request");
        await Refused("chunks", 2, 422, "chunks_missing");
        await Refused("records", "1000", 400, "malformed_json");
        await Refused("root", null, 400, "malformed_json");
        await Refused("statistics", null, 400, "malformed_json");
        await Refused("surprise", 1, 400, "malformed_json");
        await client.CompleteAsync(id, Small.Completion()).JsonAsync(HttpStatusCode.OK);

        async Task Refused(string member, JsonNode? value, int status, string code)
        {
            var completion = Small.Completion();
            completion[member] = value;
            await client.CompleteAsync(id, completion).ProblemAsync(status, code);
        }
    }

    [Theory]
    [InlineData("trained_bytes", 1, "statistics_mismatch")]
    [InlineData("duplicates", -1, "invalid_request")]
    [InlineData("longest", 9007199254740992, "invalid_request")]
    [InlineData("entropy_bits_per_byte", 8.5, "invalid_request")]
    [InlineData("text_sample", 1, "invalid_request")]
    [InlineData("text_sample", -8, "invalid_request")]
    [InlineData("entropy_bits_per_byte", -0.5, "invalid_request")]
    public async Task Refuses_impossible_statistics(string member, double value, string code)
    {
        var id = await client.BeginAsync();
        await client.PutChunkAsync(id, 0, Small.Chunk(id, 0)).JsonAsync(HttpStatusCode.Created);
        var completion = Small.Completion();
        completion["statistics"]![member] = value % 1 == 0 ? JsonValue.Create((long)value) : value;
        await client.CompleteAsync(id, completion).ProblemAsync(code == "invalid_request" ? 400 : 422, code);
    }

    [Fact]
    public async Task Refuses_completion_with_a_short_chunk_in_the_middle()
    {
        var id = await client.BeginAsync();
        await client.PutChunkAsync(id, 0, Small.Chunk(id, 0)).JsonAsync(HttpStatusCode.Created);
        var second = Small.Chunk(id, 0);
        byte[] body = [.. DatasetChunk.Header(id, 1, 1000), .. second.AsSpan(DatasetChunk.Header(id, 0, 1000).Length)];
        await client.PutChunkAsync(id, 1, body).JsonAsync(HttpStatusCode.Created);
        var completion = Small.Completion();
        (completion["chunks"], completion["records"]) = (2, 2000);
        await client.CompleteAsync(id, completion).ProblemAsync(422, "records_mismatch");
    }

    [Fact]
    public async Task The_same_completion_again_is_answered_the_same_and_another_refused()
    {
        var id = await client.BeginAsync();
        await client.PutChunkAsync(id, 0, Small.Chunk(id, 0)).JsonAsync(HttpStatusCode.Created);
        var answers = await Task.WhenAll(
            Enumerable.Range(0, 6).Select(_ => client.CompleteAsync(id, Small.Completion()))
        );
        var bodies = new HashSet<string>(StringComparer.Ordinal);
        foreach (var answer in answers)
        {
            bodies.Add((await answer.JsonAsync(HttpStatusCode.OK)).GetRawText());
        }

        Assert.Single(bodies);
        var other = Small.Completion();
        other["statistics"]!["scripts"]!["latin"] = 0.5;
        await client.CompleteAsync(id, other).ProblemAsync(409, "already_complete");
        await client.PutChunkAsync(id, 0, Small.Chunk(id, 0)).JsonAsync(HttpStatusCode.OK);
        await client.PutChunkAsync(id, 1, Small.Chunk(id, 1)).ProblemAsync(409, "already_complete");
    }

    [Fact]
    public async Task Predicts_the_first_steps_of_a_sequential_plan()
    {
        var id = await client.BeginAsync(
            TestDataset.Create.Replace("shuffled", "sequential", StringComparison.Ordinal)
        );
        await client.PutChunkAsync(id, 0, Small.Chunk(id, 0)).JsonAsync(HttpStatusCode.Created);
        var complete = await client.CompleteAsync(id, Small.Completion()).JsonAsync(HttpStatusCode.OK);
        Assert.Equal(125, complete.GetProperty("prediction").GetProperty("first_steps").GetArrayLength());
    }

    [Fact]
    public async Task Needs_no_plan_and_then_predicts_nothing()
    {
        var id = await client.BeginAsync("""{"dataset":{"format":"text","part":{"kind":"whole"},"sources":1}}""");
        await client.PutChunkAsync(id, 0, Small.Chunk(id, 0)).JsonAsync(HttpStatusCode.Created);
        var complete = await client.CompleteAsync(id, Small.Completion()).JsonAsync(HttpStatusCode.OK);
        Assert.False(complete.TryGetProperty("prediction", out _));
    }

    [Fact]
    public async Task Revoking_keeps_the_document_and_the_first_reason()
    {
        var id = await client.AttestAsync(Small);
        var path = $"/v1/attestations/{id}/revoke";
        var revoked = await client
            .PostJsonAsync(path, """{"reason":"licence withdrawn"}""")
            .JsonAsync(HttpStatusCode.OK);
        await client.PostJsonAsync(path, """{"reason":"second thoughts"}""").JsonAsync(HttpStatusCode.OK);
        var document = await client.GetAsync($"/v1/attestations/{id}").JsonAsync(HttpStatusCode.OK);
        Assert.Equal(revoked.GetRawText(), document.GetRawText());
        Assert.Equal("licence withdrawn", document.GetProperty("revoked").GetProperty("reason").GetString());
        Assert.Equal("complete", document.GetProperty("status").GetString());
        await client.PostJsonAsync(path, """{"reason":""}""").ProblemAsync(400, "invalid_request");
    }

    [Fact]
    public async Task A_revoked_upload_takes_nothing_more()
    {
        var id = await client.BeginAsync();
        await client
            .PostJsonAsync($"/v1/attestations/{id}/revoke", """{"reason":"wrong file"}""")
            .JsonAsync(HttpStatusCode.OK);
        await client.PutChunkAsync(id, 0, Small.Chunk(id, 0)).ProblemAsync(409, "attestation_revoked");
        await client.CompleteAsync(id, Small.Completion()).ProblemAsync(409, "attestation_revoked");
    }

    [Fact]
    public async Task Lists_newest_first_in_pages_that_miss_and_repeat_nothing()
    {
        var clock = new ManualClock();
        await using var timed = await LaceApp.StartAsync(clock);
        var owner = await timed.NewTenantAsync();
        var ids = new List<string>();
        for (var i = 0; i < 7; i++)
        {
            ids.Insert(0, await owner.BeginAsync());
            clock.Advance(TimeSpan.FromSeconds(1));
        }

        var listed = new List<string>();
        var pages = 0;
        for (string? next = ""; next is not null; pages++)
        {
            var page = await owner.GetAsync($"/v1/attestations?limit=3&cursor={next}").JsonAsync(HttpStatusCode.OK);
            listed.AddRange(
                page.GetProperty("attestations").EnumerateArray().Select(a => a.GetProperty("id").GetString()!)
            );
            next = page.TryGetProperty("next", out var cursor) ? cursor.GetString() : null;
        }

        Assert.Equal(ids, listed);
        Assert.Equal(3, pages);
    }

    [Theory]
    [InlineData("limit=0", "invalid_request")]
    [InlineData("limit=101", "invalid_request")]
    [InlineData("limit=x", "malformed_request")]
    [InlineData("cursor=!!", "invalid_cursor")]
    [InlineData("cursor=AAAA", "invalid_cursor")]
    [InlineData("cursor=_w", "invalid_cursor")]
    public async Task Refuses_bad_paging(string query, string code) =>
        await client.GetAsync($"/v1/attestations?{query}").ProblemAsync(400, code);

    [Fact]
    public async Task A_parameter_of_another_type_is_named()
    {
        var problem = await client.GetAsync("/v1/attestations?limit=x&a=b").ProblemAsync(400, "malformed_request");
        Assert.Contains(
            "of its type, of these: limit.",
            problem.GetProperty("detail").GetString()!,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("name", "\"" + "x201" + "\"")]
    [InlineData("name", "\"a\\u0001\"")]
    [InlineData("field", "\"a\\nb\"")]
    [InlineData("sources", "0")]
    [InlineData("format", "\"xml\"")]
    [InlineData("format", "7")]
    [InlineData("kind", "\"column\"")]
    [InlineData("field", "null")]
    [InlineData("max_bytes", "0")]
    [InlineData("epochs", "0")]
    [InlineData("batch", "-3")]
    [InlineData("order", "\"random\"")]
    [InlineData("k", "null")]
    [InlineData("k", "\"x600\"")]
    public async Task Refuses_a_description_out_of_bounds(string member, string value)
    {
        var long201 = value.Replace("x201", new string('x', 201), StringComparison.Ordinal);
        var wanted = long201.Replace("x600", new string('x', 600), StringComparison.Ordinal);
        var request = System.Text.RegularExpressions.Regex.Replace(
            TestDataset.Create,
            $"\"{member}\":(\"[^\"]*\"|[0-9]+)",
            $"\"{member}\":{wanted}"
        );
        Assert.NotEqual(TestDataset.Create, request);
        var answer = await client.PostJsonAsync("/v1/attestations", request);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        var code = (await answer.JsonAsync(HttpStatusCode.BadRequest)).GetProperty("code").GetString();
        Assert.Contains(code, (string[])["invalid_request", "malformed_json"]);
    }

    [Fact]
    public async Task Takes_fifty_pairs_of_metadata_in_any_script_and_gives_them_back()
    {
        var metadata = new JsonObject();
        for (var i = 0; i < 50; i++)
        {
            metadata[$"k{i}"] = new string('\u6587', 490) + "\u0001\"\\";
        }

        var request = JsonNode.Parse(TestDataset.Create)!.AsObject();
        request["metadata"] = metadata.DeepClone();
        var id = await client.BeginAsync(request.ToJsonString());
        var seen = await client.GetAsync($"/v1/attestations/{id}").JsonAsync(HttpStatusCode.OK);
        Assert.True(JsonNode.DeepEquals(metadata, JsonNode.Parse(seen.GetProperty("metadata").GetRawText())));

        metadata["one more"] = "x";
        request["metadata"] = metadata;
        await client.PostJsonAsync("/v1/attestations", request.ToJsonString()).ProblemAsync(400, "invalid_request");
    }

    [Fact]
    public async Task Another_tenants_attestation_is_not_there_on_any_route()
    {
        var id = await client.AttestAsync(Small);
        var stranger = await app.NewTenantAsync();
        var path = $"/v1/attestations/{id}";
        await stranger.GetAsync(path).ProblemAsync(404, "not_found");
        await stranger.PutChunkAsync(id, 0, Small.Chunk(id, 0)).ProblemAsync(404, "not_found");
        await stranger.PutChunkAsync(id, 5, Small.Chunk(id, 5)).ProblemAsync(404, "not_found");
        await stranger.CompleteAsync(id, Small.Completion()).ProblemAsync(404, "not_found");
        await stranger.PostJsonAsync($"{path}/revoke", """{"reason":"mine"}""").ProblemAsync(404, "not_found");
        var list = await stranger.GetAsync("/v1/attestations").JsonAsync(HttpStatusCode.OK);
        Assert.Equal(0, list.GetProperty("attestations").GetArrayLength());
        var own = await client.GetAsync(path).JsonAsync(HttpStatusCode.OK);
        Assert.False(own.TryGetProperty("revoked", out _));
    }

    [Theory]
    [InlineData("nothing")]
    [InlineData("lace-20261120-134501-aaaaaa")]
    [InlineData("..%2F..%2Fitems.db")]
    [InlineData("lace-20261120-134501-%2e%2e%2f%2e%2e")]
    [InlineData("lace-20261120-134501-aaaaaa%00")]
    [InlineData("lace-20261120-134501-AAAAAA")]
    [InlineData("lace-20261120-134501-aaa#aa")]
    [InlineData("%F0%9F%92%A9")]
    public async Task An_id_that_is_none_is_not_found(string id)
    {
        string[] paths = [$"/v1/attestations/{id}", $"/v1/attestations/{id}/revoke", $"/v1/attestations/{id}/complete"];
        var answers = new[]
        {
            await client.GetAsync(paths[0]),
            await client.PostJsonAsync(paths[1], """{"reason":"x"}"""),
            await client.PostJsonAsync(paths[2], Small.Completion().ToJsonString()),
        };
        foreach (var answer in answers)
        {
            Assert.Contains((int)answer.StatusCode, (int[])[400, 404, 405]);
        }
    }
}
