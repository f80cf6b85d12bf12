using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Lace.Evidence.Datasets;
using Lace.Evidence.LossLog;
using Lace.Evidence.Trajectories;
using Lace.Evidence.Transparency;

namespace Lace.Benchmarks;

/// <summary>A client that attests, logs and fetches the evidence. Losses and features are random.</summary>
internal sealed class EvidenceClient : IDisposable
{
    private const int BatchSize = 8;
    private const int MostAttempts = 240;

    private readonly Random random = new(1);
    private readonly HttpClient client;

    public EvidenceClient(Uri address, string key)
    {
        client = new HttpClient { BaseAddress = address };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
    }

    public HttpClient Http => client;

    public async Task<(byte[] Bundle, byte[] RunLog, byte[] Policy)> EvidenceAsync(int records, int steps)
    {
        var id = await RecordAsync(records, steps);
        var bundle = await GetAsync($"/v1/bundles/{id}");
        return (bundle, await GetAsync($"/v1/runs/{id}/log"), await GetAsync("/v1/log/policy.json"));
    }

    /// <summary>Attests, begins a run, sends its losses and closes it; its id.</summary>
    public async Task<string> RecordAsync(int records, int steps)
    {
        var run = await BeginAsync(await AttestAsync(records));
        var id = run.GetProperty("run_id").GetString()!;
        foreach (var body in Segments(run, records, steps, 250))
        {
            await SendAsync(id, body);
        }

        await PostAsync($"/v1/runs/{id}/finish", "");
        return id;
    }

    public Task<JsonElement> BeginAsync(string attestation) =>
        PostAsync("/v1/runs", $$"""{"attestation_id":"{{attestation}}","order":"streamed"}""");

    public async Task SendAsync(string run, byte[] body)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        (await client.PostAsync($"/v1/runs/{run}/losses", content)).EnsureSuccessStatusCode();
    }

    /// <summary>A whole loss log, the item <c>finish</c> at its end.</summary>
    /// <param name="run">The answer that began the run.</param>
    public IEnumerable<byte[]> Segments(JsonElement run, int records, int steps, int pointsPerSegment)
    {
        var id = run.GetProperty("run_id").GetString()!;
        var key = run.GetProperty("ingest_key").GetBytesFromBase64();
        var prev = MerkleHash.TryParse(run.GetProperty("root").GetString(), out var root)
            ? LossSegment.Origin(id, root)
            : throw new InvalidDataException("The run has no root.");
        var at = run.GetProperty("created_at").GetDateTimeOffset().ToUnixTimeMilliseconds();
        var points = Enumerable.Range(0, steps).Select(step => (LossItem)new PointItem(Point(step, records, at)));
        var seq = 0L;
        foreach (var items in points.Append(new FinishItem(at, steps, 0)).Chunk(pointsPerSegment))
        {
            var body = LossSegment.Write(id, seq++, prev, items, key);
            prev = new MerkleHash(SHA256.HashData(body));
            yield return body;
        }
    }

    public void Dispose() => client.Dispose();

    public async Task<string> AttestAsync(int records)
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

    private LossPoint Point(int step, int records, long at) =>
        new(
            step,
            2 + random.NextDouble(),
            [new MicroBatch([.. Enumerable.Range(0, BatchSize).Select(_ => random.Next(records))])],
            AtMilliseconds: at
        );

    public async Task<JsonElement> PostAsync(string path, string json)
    {
        for (var attempt = 0; ; attempt++)
        {
            using var body = new StringContent(json, Encoding.UTF8, "application/json");
            using var answer = await client.PostAsync(path, body);
            if (answer.StatusCode != HttpStatusCode.ServiceUnavailable || attempt == MostAttempts)
            {
                var text = await answer.Content.ReadAsStringAsync();
                return answer.IsSuccessStatusCode
                    ? JsonElement.Parse(text)
                    : throw new InvalidOperationException($"{path}: {text}");
            }

            await Task.Delay(200);
        }
    }

    /// <remarks>Not ended and not logged yet come to an end by themselves.</remarks>
    public async Task<byte[]> GetAsync(string path)
    {
        for (var attempt = 0; ; attempt++)
        {
            using var answer = await client.GetAsync(path);
            var notYet = answer.StatusCode is HttpStatusCode.ServiceUnavailable or HttpStatusCode.Conflict;
            if (!notYet || attempt == MostAttempts)
            {
                return await answer.EnsureSuccessStatusCode().Content.ReadAsByteArrayAsync();
            }

            await Task.Delay(500);
        }
    }
}
