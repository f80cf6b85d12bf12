using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Lace.Evidence.Datasets;
using Lace.Functions.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace Lace.Tests.Functions;

public sealed class AttestTests : IAsyncLifetime
{
    private static readonly TestDataset Small = new(1000);
    private static readonly TestDataset Large = new((3 * DatasetChunk.Records) + 17);

    private LaceApp app = null!;
    private HttpClient client = null!;

    public async ValueTask InitializeAsync()
    {
        app = await LaceApp.StartAsync();
        client = await app.NewTenantAsync("attest");
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

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
    public async Task Takes_chunks_in_any_order_in_parallel_and_again_and_computes_the_same_root()
    {
        var id = await client.BeginAsync();
        int[] sends = [3, 1, 0, 2, 1, 3, 0, 2, 2, 1];
        var answers = await Task.WhenAll(sends.Select(n => client.PutChunkAsync(id, n, Large.Chunk(id, n))));

        Assert.Equal(4, answers.Count(answer => answer.StatusCode == HttpStatusCode.Created));
        Assert.Equal(6, answers.Count(answer => answer.StatusCode == HttpStatusCode.OK));
        var complete = await client.CompleteAsync(id, Large.Completion()).JsonAsync(HttpStatusCode.OK);
        var dataset = complete.GetProperty("dataset");
        Assert.Equal(Large.Root, dataset.GetProperty("root").GetString());
        Assert.Equal(Large.Totals, dataset.GetProperty("totals").EnumerateArray().Select(total => total.GetInt64()));
        Assert.Equal(16384, dataset.GetProperty("chunk_records").GetInt32());
        Assert.Equal(6147, complete.GetProperty("prediction").GetProperty("steps").GetInt32());
    }

    [Fact]
    public async Task A_completed_attestation_has_the_digest_of_the_statement_that_is_stored()
    {
        var id = await client.AttestAsync(Small);
        var document = await client.GetAsync($"/v1/attestations/{id}").JsonAsync(HttpStatusCode.OK);
        var tenant = await app.Services.GetRequiredService<PublicIds>().FindTenantAsync(id);
        var attestations = app.Services.GetRequiredService<Attestations>();
        var stored = await attestations.GetAsync(tenant!.Value, id);
        var statement = await attestations.ReadStatementAsync(tenant.Value, stored!.Document);

        Assert.Equal(
            Convert.ToHexStringLower(SHA256.HashData(statement!.Value.Span)),
            document.GetProperty("statement_sha256").GetString()
        );
        var expected = JsonNode.Parse(document.GetRawText())!.AsObject();
        expected.Remove("statement_sha256");
        Assert.True(JsonNode.DeepEquals(expected, JsonNode.Parse(statement.Value.Span)));
    }

    [Fact]
    public async Task A_chunk_reads_back_as_it_was_committed()
    {
        var id = await client.AttestAsync(Small);
        var tenant = await app.Services.GetRequiredService<PublicIds>().FindTenantAsync(id);
        var chunk = await app.Services.GetRequiredService<Attestations>().ReadChunkAsync(tenant!.Value, id, 0);
        Assert.Equal(Small.Root, chunk.Root.ToString());
    }

    [Fact]
    public async Task A_chunk_damaged_on_the_disk_is_not_read()
    {
        var id = await client.AttestAsync(Small);
        var file = Directory.EnumerateFiles(app.Folder, "00000000-*", SearchOption.AllDirectories).Single();
        var bytes = await File.ReadAllBytesAsync(file);
        bytes[^20] ^= 1;
        await File.WriteAllBytesAsync(file, bytes);
        var tenant = await app.Services.GetRequiredService<PublicIds>().FindTenantAsync(id);
        var attestations = app.Services.GetRequiredService<Attestations>();

        await Assert.ThrowsAsync<InvalidDataException>(() => attestations.ReadChunkAsync(tenant!.Value, id, 0));
        await Assert.ThrowsAsync<InvalidDataException>(() => attestations.ReadChunkAsync(tenant!.Value, id, 1));
    }

    [Fact]
    public async Task Goes_on_after_a_restart_where_it_stopped()
    {
        var id = await client.BeginAsync();
        await client.PutChunkAsync(id, 0, Large.Chunk(id, 0)).JsonAsync(HttpStatusCode.Created);
        await client.PutChunkAsync(id, 2, Large.Chunk(id, 2)).JsonAsync(HttpStatusCode.Created);
        var key = client.DefaultRequestHeaders.Authorization!.Parameter!;
        await app.RestartAsync();
        client = app.Client(key);

        var seen = await client.GetAsync($"/v1/attestations/{id}").JsonAsync(HttpStatusCode.OK);
        Assert.Equal("[[0,0],[2,2]]", seen.GetProperty("chunks").GetRawText());
        Assert.Equal(16384, seen.GetProperty("chunk_records").GetInt32());
        await client.PutChunkAsync(id, 2, Large.Chunk(id, 2)).JsonAsync(HttpStatusCode.OK);
        await client.PutChunkAsync(id, 1, Large.Chunk(id, 1)).JsonAsync(HttpStatusCode.Created);
        await client.PutChunkAsync(id, 3, Large.Chunk(id, 3)).JsonAsync(HttpStatusCode.Created);
        await client.CompleteAsync(id, Large.Completion()).JsonAsync(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Refuses_other_bytes_under_a_known_number_and_keeps_the_first()
    {
        var id = await client.BeginAsync();
        var other = new TestDataset(1000, seed: 2);
        await client.PutChunkAsync(id, 0, Small.Chunk(id, 0)).JsonAsync(HttpStatusCode.Created);
        await client.PutChunkAsync(id, 0, other.Chunk(id, 0)).ProblemAsync(409, "chunk_conflict");
        await client.CompleteAsync(id, Small.Completion()).JsonAsync(HttpStatusCode.OK);
    }

    [Fact]
    public async Task One_of_two_different_chunks_sent_at_once_wins_and_the_other_is_told()
    {
        var id = await client.BeginAsync();
        var datasets = Enumerable.Range(0, 8).Select(seed => new TestDataset(100, seed)).ToArray();
        var answers = await Task.WhenAll(datasets.Select(dataset => client.PutChunkAsync(id, 0, dataset.Chunk(id, 0))));
        var winner = Assert.Single(Enumerable.Range(0, 8), i => answers[i].StatusCode == HttpStatusCode.Created);
        Assert.Equal(7, answers.Count(answer => answer.StatusCode == HttpStatusCode.Conflict));
        await client.CompleteAsync(id, datasets[winner].Completion()).JsonAsync(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Refuses_a_body_that_is_not_the_one_of_its_digest()
    {
        var id = await client.BeginAsync();
        var bytes = Small.Chunk(id, 0);
        var flipped = bytes.ToArray();
        flipped[^7] ^= 1;
        await client.PutChunkAsync(id, 0, flipped, digestOf: bytes).ProblemAsync(400, "digest_mismatch");
        await client.PutChunkAsync(id, 0, bytes[..^7], digestOf: bytes).ProblemAsync(400, "digest_mismatch");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("sha-256=:AAAA:")]
    [InlineData("md5=:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=:")]
    [InlineData("sha-256=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")]
    [InlineData("sha-256=:AAAAAAAAAAAAAAAA AAAAAAAAAAAAAAAAAAAAAAAAAAA=:")]
    public async Task Refuses_a_chunk_without_a_readable_digest(string? header)
    {
        var id = await client.BeginAsync();
        var content = new ByteArrayContent(Small.Chunk(id, 0));
        content.Headers.TryAddWithoutValidation("Content-Type", "application/octet-stream");
        if (header is not null)
        {
            content.Headers.TryAddWithoutValidation("Content-Digest", header);
        }

        await client.PutAsync($"/v1/attestations/{id}/chunks/0", content).ProblemAsync(400, "digest_missing");
    }

    [Fact]
    public async Task Refuses_bytes_that_are_no_chunk_of_this_attestation_and_number()
    {
        var id = await client.BeginAsync();
        var other = await client.BeginAsync();
        var bytes = Small.Chunk(id, 0);
        var header = DatasetChunk.Header(id, 0, 1000).Length;
        var tooLarge = bytes.ToArray();
        tooLarge.AsSpan(header + 32, 8).Fill(0xFF);
        byte[] sums = [.. DatasetChunk.Header(id, 0, 2), .. Huge(), .. Huge()];
        var bodies = new Dictionary<string, byte[]>(StringComparer.Ordinal)
        {
            ["another attestation"] = Small.Chunk(other, 0),
            ["another number"] = Small.Chunk(id, 1),
            ["ends within a record"] = bytes[..^7],
            ["bytes follow"] = [.. bytes, 0],
            ["no record, or more"] = DatasetChunk.Header(id, 0, 0),
            ["first line is not"] = bytes[1..],
            ["not below 2^53."] = tooLarge,
            ["summed over its records"] = sums,
            ["first line is not that"] = [],
        };
        foreach (var (reason, body) in bodies)
        {
            var problem = await client.PutChunkAsync(id, 0, body).ProblemAsync(422, "chunk_malformed");
            Assert.Contains(reason, problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        }

        var seen = await client.GetAsync($"/v1/attestations/{id}").JsonAsync(HttpStatusCode.OK);
        Assert.Equal("[]", seen.GetProperty("chunks").GetRawText());
    }

    [Fact]
    public async Task A_chunk_whose_sums_leave_63_bits_is_refused()
    {
        var id = await client.BeginAsync();
        byte[] bytes = [.. DatasetChunk.Header(id, 0, 2000), .. Enumerable.Range(0, 2000).SelectMany(_ => Huge())];
        await client.PutChunkAsync(id, 0, bytes).ProblemAsync(422, "chunk_malformed");
    }

    [Fact]
    public async Task Random_damage_never_gets_a_chunk_in()
    {
        var id = await client.BeginAsync();
        var bytes = new TestDataset(50).Chunk(id, 0);
        var random = new Random(5);
        for (var i = 0; i < 60; i++)
        {
            var damaged = bytes.ToArray();
            damaged[random.Next(damaged.Length)] ^= (byte)(1 << random.Next(8));
            var answer = await client.PutChunkAsync(id, 0, damaged, digestOf: bytes);
            Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        }
    }

    [Fact]
    public async Task Refuses_a_chunk_number_out_of_range()
    {
        var id = await client.BeginAsync();
        await client.PutChunkAsync(id, 1 << 20, Small.Chunk(id, 1 << 20)).ProblemAsync(400, "invalid_request");
        await client.PutChunkAsync(id, -1, Small.Chunk(id, -1)).ProblemAsync(404, "route_not_found");
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
        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => client.CompleteAsync(id, Small.Completion())));
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
        var id = await client.BeginAsync(TestDataset.Create.Replace("shuffled", "sequential", StringComparison.Ordinal));
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
        var revoked = await client.PostJsonAsync(path, """{"reason":"licence withdrawn"}""").JsonAsync(HttpStatusCode.OK);
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
        await client.PostJsonAsync($"/v1/attestations/{id}/revoke", """{"reason":"wrong file"}""").JsonAsync(HttpStatusCode.OK);
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
            listed.AddRange(page.GetProperty("attestations").EnumerateArray().Select(a => a.GetProperty("id").GetString()!));
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

    [Theory]
    [InlineData("name", "\"" + "x201" + "\"")]
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

    /// <summary>An entry whose features are all the largest that a chunk may hold.</summary>
    private static byte[] Huge()
    {
        var features = default(RecordFeatures);
        for (var i = 0; i < RecordFeatures.Count; i++)
        {
            features[i] = DatasetEntry.ValueLimit - 1;
        }

        var entry = new byte[DatasetEntry.MaxLength];
        return entry[..DatasetEntry.Write(entry, default, features)];
    }
}
