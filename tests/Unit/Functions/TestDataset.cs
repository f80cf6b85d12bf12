using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Lace.Evidence.Datasets;
using Lace.Evidence.Transparency;

namespace Lace.Tests.Functions;

/// <summary>Entries of a made-up dataset, as chunks of any attestation.</summary>
internal sealed class TestDataset
{
    public const string Create =
        """{"name":"made up","metadata":{"k":"v"},"dataset":{"format":"jsonl","part":{"kind":"field","field":"text","max_bytes":512},"sources":3},"plan":{"epochs":1,"batch":8,"order":"shuffled"}}""";

    private readonly List<byte[]> entries = [];
    private readonly long[] totals = new long[RecordFeatures.Count];

    public TestDataset(int records, int seed = 1)
    {
        var random = new Random(seed);
        var entry = new byte[DatasetEntry.MaxLength];
        var digest = new byte[MerkleHash.Size];
        for (var i = 0; i < records; i++)
        {
            random.NextBytes(digest);
            var features = default(RecordFeatures);
            for (var k = 0; k < RecordFeatures.Count; k++)
            {
                features[k] = random.Next(1, 1000);
                totals[k] += features[k];
            }

            entries.Add(entry[..DatasetEntry.Write(entry, new MerkleHash(digest), features)]);
        }
    }

    public int Chunks => (entries.Count + DatasetChunk.Records - 1) / DatasetChunk.Records;

    public IReadOnlyList<long> Totals => totals;

    public string Root => MerkleTree.Head([.. entries.Select(entry => MerkleTree.HashLeaf(entry))]).ToString();

    public byte[] Chunk(string id, int number)
    {
        var part = entries.Skip(number * DatasetChunk.Records).Take(DatasetChunk.Records).ToArray();
        return [.. DatasetChunk.Header(id, number, part.Length), .. part.SelectMany(entry => entry)];
    }

    public JsonObject Completion() =>
        new()
        {
            ["records"] = entries.Count,
            ["root"] = Root,
            ["chunks"] = Chunks,
            ["statistics"] = new JsonObject
            {
                ["bytes"] = totals[0] + 100,
                ["trained_bytes"] = totals[0],
                ["duplicates"] = 0,
                ["duplicates_sample"] = 1,
                ["longest"] = 1000,
                ["shortest"] = 1,
                ["empty_lines"] = 2,
                ["invalid_utf8"] = 0,
                ["entropy_bits_per_byte"] = 4.125,
                ["scripts"] = new JsonObject { ["latin"] = 0.99, ["greek"] = 0.01 },
            },
        };
}

internal static class Uploading
{
    public static async Task<string> BeginAsync(this HttpClient client, string request = TestDataset.Create) =>
        (await client.PostJsonAsync("/v1/attestations", request).JsonAsync(System.Net.HttpStatusCode.Created))
            .GetProperty("id")
            .GetString()!;

    public static Task<HttpResponseMessage> PutChunkAsync(
        this HttpClient client,
        string id,
        int number,
        byte[] bytes,
        byte[]? digestOf = null
    )
    {
        var content = new ByteArrayContent(bytes);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        var digest = Convert.ToBase64String(SHA256.HashData(digestOf ?? bytes));
        content.Headers.TryAddWithoutValidation("Content-Digest", $"sha-256=:{digest}:");
        return client.PutAsync($"/v1/attestations/{id}/chunks/{number}", content);
    }

    /// <summary>Sends everything and completes.</summary>
    public static async Task<string> AttestAsync(this HttpClient client, TestDataset dataset)
    {
        var id = await client.BeginAsync();
        for (var n = 0; n < dataset.Chunks; n++)
        {
            Assert.Equal(
                System.Net.HttpStatusCode.Created,
                (await client.PutChunkAsync(id, n, dataset.Chunk(id, n))).StatusCode
            );
        }

        await client.CompleteAsync(id, dataset.Completion()).JsonAsync(System.Net.HttpStatusCode.OK);
        return id;
    }

    public static Task<HttpResponseMessage> CompleteAsync(this HttpClient client, string id, JsonObject completion) =>
        client.PostJsonAsync($"/v1/attestations/{id}/complete", completion.ToJsonString());
}
