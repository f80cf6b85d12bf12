using System.Net;
using Lace.Evidence.Datasets;
using Lace.Functions.Storage;
using Lace.Records.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace Lace.Tests.Functions;

public sealed class ChunkUploadTests(LaceAppFixture fixture) : IClassFixture<LaceAppFixture>, IAsyncLifetime
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
        var file = Directory
            .EnumerateFiles(app.Folder, "00000000-*", SearchOption.AllDirectories)
            .Single(path => path.Contains(id, StringComparison.Ordinal));
        var bytes = await File.ReadAllBytesAsync(file);
        bytes[^20] ^= 1;
        await File.WriteAllBytesAsync(file, bytes);
        var tenant = await app.Services.GetRequiredService<PublicIds>().FindTenantAsync(id);
        var attestations = app.Services.GetRequiredService<Attestations>();

        await Assert.ThrowsAsync<InvalidDataException>(() => attestations.ReadChunkAsync(tenant!.Value, id, 0));
        await Assert.ThrowsAsync<InvalidDataException>(() => attestations.ReadChunkAsync(tenant!.Value, id, 1));
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
            ["a number, or"] = tooLarge,
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
