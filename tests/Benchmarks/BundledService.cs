using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Lace.Evidence.Datasets;
using Lace.Evidence.LossLog;
using Lace.Evidence.Trajectories;
using Lace.Evidence.Transparency;
using Lace.Functions.Access;
using Lace.Functions.Storage;
using Lace.Platform;
using Lace.Records.Audit;
using Lace.Records.Tenancy;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Lace.Benchmarks;

/// <summary>The application on a folder of its own, and a client that attests, logs and fetches the evidence. Losses and features are random.</summary>
internal sealed class BundledService : IAsyncDisposable
{
    private const int BatchSize = 8;
    private const int PointsPerSegment = 250;

    private readonly string folder = Directory.CreateTempSubdirectory("lace-bench-").FullName;
    private readonly Random random = new(1);
    private WebApplication app = null!;
    private HttpClient client = null!;

    public static async Task<BundledService> StartAsync()
    {
        var service = new BundledService();
        service.app = Lace.Functions.Program.Build(
            ["--data", service.folder, "--urls", "http://127.0.0.1:0"],
            null,
            TextWriter.Null
        );
        await service.app.StartAsync();
        var tenant = await service
            .app.Services.GetRequiredService<Tenants>()
            .CreateAsync("bench", ServicePlan.Local, AuditedRequest.WithoutBody(DateTimeOffset.UnixEpoch));
        var (key, _) = await service
            .app.Services.GetRequiredService<ApiKeys>()
            .CreateAsync(new TenantId(tenant.Id), "bench", Scope.All);
        service.client = new HttpClient { BaseAddress = new Uri(service.app.Urls.First()) };
        service.client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key.Reveal());
        return service;
    }

    public async Task<(byte[] Bundle, byte[] RunLog, byte[] Policy)> EvidenceAsync(int records, int steps)
    {
        var attestation = await AttestAsync(records);
        var run = await PostAsync("/v1/runs", $$"""{"attestation_id":"{{attestation}}","order":"streamed"}""");
        var id = run.GetProperty("run_id").GetString()!;
        await LogAsync(run, id, records, steps);
        var bundle = await GetAsync($"/v1/bundles/{id}");
        return (bundle, await GetAsync($"/v1/runs/{id}/log"), await GetAsync("/v1/log/policy.json"));
    }

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        await app.StopAsync();
        await app.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    private async Task<string> AttestAsync(int records)
    {
        var begun = await PostAsync(
            "/v1/attestations",
            """{"name":"bench","dataset":{"format":"jsonl","part":{"kind":"whole"},"sources":1}}"""
        );
        var id = begun.GetProperty("id").GetString()!;
        var roots = new List<MerkleHash>();
        var bytes = 0L;
        for (var first = 0; first < records; first += DatasetChunk.Records)
        {
            var (content, sum) = Chunk(id, roots.Count, Math.Min(DatasetChunk.Records, records - first));
            bytes += sum;
            if (!DatasetChunk.TryParse(content, id, roots.Count, out var chunk, out var error))
            {
                throw new InvalidDataException(error.ToString());
            }

            using var body = new ByteArrayContent(content);
            body.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
            var digest = Convert.ToBase64String(SHA256.HashData(content));
            body.Headers.TryAddWithoutValidation("Content-Digest", $"sha-256=:{digest}:");
            (await client.PutAsync($"/v1/attestations/{id}/chunks/{roots.Count}", body)).EnsureSuccessStatusCode();
            roots.Add(chunk.Root);
        }

        await PostAsync(
            $"/v1/attestations/{id}/complete",
            $$$"""{"records":{{{records}}},"root":"{{{DatasetRoot.FromChunkRoots([.. roots])}}}","chunks":{{{roots.Count}}},"statistics":{"bytes":{{{bytes}}},"trained_bytes":{{{bytes}}},"duplicates":0,"duplicates_sample":1,"longest":500,"shortest":100,"empty_lines":0,"invalid_utf8":0,"entropy_bits_per_byte":4.5,"scripts":{"latin":1} } }"""
        );
        return id;
    }

    private (byte[] Content, long Bytes) Chunk(string id, int number, int count)
    {
        using var chunk = new MemoryStream();
        chunk.Write(DatasetChunk.Header(id, number, count));
        var entry = new byte[DatasetEntry.MaxLength];
        var digest = new byte[MerkleHash.Size];
        var bytes = 0L;
        for (var i = 0; i < count; i++)
        {
            random.NextBytes(digest);
            var features = default(RecordFeatures);
            for (var k = 0; k < RecordFeatures.Count; k++)
            {
                features[k] = random.Next(100, k is >= 1 and <= 3 ? 60_000 : 500);
            }

            bytes += features[0];
            chunk.Write(entry, 0, DatasetEntry.Write(entry, new MerkleHash(digest), features));
        }

        return (chunk.ToArray(), bytes);
    }

    private async Task LogAsync(JsonElement run, string id, int records, int steps)
    {
        var key = run.GetProperty("ingest_key").GetBytesFromBase64();
        var prev = MerkleHash.TryParse(run.GetProperty("root").GetString(), out var root)
            ? LossSegment.Origin(id, root)
            : throw new InvalidDataException("The run has no root.");
        var at = run.GetProperty("created_at").GetDateTimeOffset().ToUnixTimeMilliseconds();
        var points = Enumerable.Range(0, steps).Select(step => (LossItem)new PointItem(Point(step, records, at)));
        var seq = 0L;
        foreach (var items in points.Append(new FinishItem(at, steps, 0)).Chunk(PointsPerSegment))
        {
            var body = LossSegment.Write(id, seq++, prev, items, key);
            prev = new MerkleHash(SHA256.HashData(body));
            using var content = new ByteArrayContent(body);
            (await client.PostAsync($"/v1/runs/{id}/losses", content)).EnsureSuccessStatusCode();
        }

        await PostAsync($"/v1/runs/{id}/finish", "");
    }

    private LossPoint Point(int step, int records, long at) =>
        new(
            step,
            2 + random.NextDouble(),
            [new MicroBatch([.. Enumerable.Range(0, BatchSize).Select(_ => random.Next(records))])],
            AtMilliseconds: at
        );

    private async Task<JsonElement> PostAsync(string path, string json)
    {
        while (true)
        {
            using var body = new StringContent(json, Encoding.UTF8, "application/json");
            using var answer = await client.PostAsync(path, body);
            if (answer.StatusCode != HttpStatusCode.ServiceUnavailable)
            {
                var text = await answer.Content.ReadAsStringAsync();
                return answer.IsSuccessStatusCode
                    ? JsonElement.Parse(text)
                    : throw new InvalidOperationException($"{path}: {text}");
            }

            await Task.Delay(200);
        }
    }

    // Not ended and not logged yet come to an end by themselves.
    private async Task<byte[]> GetAsync(string path)
    {
        while (true)
        {
            using var answer = await client.GetAsync(path);
            if (answer.StatusCode is not (HttpStatusCode.ServiceUnavailable or HttpStatusCode.Conflict))
            {
                return await answer.EnsureSuccessStatusCode().Content.ReadAsByteArrayAsync();
            }

            await Task.Delay(500);
        }
    }
}
