using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Lace.Evidence.Datasets;
using Lace.Evidence.Datasets.Shards;
using Lace.Evidence.Fingerprints;
using Lace.Evidence.Transparency;
using Lace.Platform;

namespace Lace.SystemTests.Platform.Aws;

/// <summary>The array job of docs/operations.md "Attesting data in S3": its children are processes here, as moto runs none.</summary>
public sealed class ShardedAttestTests(MotoFixture moto)
{
    private const int Shards = 3;
    private const string Id = "lace-20261130-041500-x7k2p9";

    private static readonly TenantId Tenant = new("acme");
    private static readonly DatasetPart Part = new(DatasetPartKind.Field, "t");
    private static readonly FingerprintSettings Filter = new(
        FingerprintTier.Private,
        new byte[16],
        NearDuplicates: true
    );

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_array_of_jobs_over_objects_and_a_reducer_come_to_the_root_of_one_pass()
    {
        await using var world = await AwsWorld.CreateAsync(moto);
        var blobs = world.Platform.Blobs;
        byte[][] objects = [.. Enumerable.Range(0, 7).Select(Lines)];
        for (var i = 0; i < objects.Length; i++)
        {
            Assert.True(await blobs.PutIfAbsentAsync(new BlobKey(Tenant, $"data/{i}.jsonl"), objects[i], Cancel));
        }

        await blobs.PutIfAbsentAsync(new BlobKey(Tenant, "data/read.me"), "no data"u8.ToArray(), Cancel);
        await MapAsync(world, 0);
        await MapAsync(world, 2);
        Assert.Equal(65, (await RunAsync(world, null, "attest", "reduce", "--out", "shards/")).Code);
        await MapAsync(world, 1);
        // A job that Batch starts once more.
        await MapAsync(world, 1);

        var salt = new byte[32];
        await PlanAsync(blobs, salt);
        foreach (var index in (int[])[1, 0])
        {
            await MapAsync(world, index);
        }

        var (code, _, missing) = await RunAsync(world, null, "attest", "reduce", "--out", "shards/");
        Assert.Equal(65, code);
        Assert.Contains("shard 3/3", missing, StringComparison.Ordinal);
        await MapAsync(world, 2);
        var (reduced, text, error) = await RunAsync(world, null, "attest", "reduce", "--out", "shards/");
        Assert.True(reduced == 0, error);

        using var result = JsonDocument.Parse(text);
        DatasetSource[] sources =
        [
            .. objects.Select(
                (bytes, i) =>
                    new DatasetSource($"data/{i}.jsonl", DatasetFormat.JsonLines, () => new MemoryStream(bytes))
            ),
        ];
        var builder = new FilterBuilder(Filter, new MemoryStream())
        {
            Bands = new FilterBuilder(Filter, new MemoryStream()),
        };
        var survey = DatasetSurvey.Take(sources, Part, 2, Cancel);
        MerkleHash[] roots =
        [
            .. DatasetCommitment.Chunks(survey, Id, salt, 2, builder, Cancel).Select(chunk => chunk.Root),
        ];
        Assert.Equal(DatasetRoot.FromChunkRoots(roots).ToString(), result.RootElement.GetProperty("root").GetString());
        Assert.Equal(
            BlockTree.Head(builder.Build(cancellationToken: Cancel)).ToString(),
            result.RootElement.GetProperty("filter_root").GetString()
        );
        Assert.Equal(
            BlockTree.Head(builder.Bands.Build(cancellationToken: Cancel)).ToString(),
            result.RootElement.GetProperty("bands_root").GetString()
        );
        Assert.Equal(survey.Records, result.RootElement.GetProperty("records").GetInt64());
    }

    [Fact]
    public async Task Objects_that_changed_after_they_were_counted_are_refused()
    {
        await using var world = await AwsWorld.CreateAsync(moto);
        var blobs = world.Platform.Blobs;
        for (var i = 0; i < Shards; i++)
        {
            await blobs.PutIfAbsentAsync(new BlobKey(Tenant, $"data/{i}.jsonl"), Lines(i), Cancel);
        }

        for (var index = 0; index < Shards; index++)
        {
            await MapAsync(world, index);
        }

        await PlanAsync(blobs, new byte[32]);
        await blobs.DeleteAsync(new BlobKey(Tenant, "data/1.jsonl"), Cancel);
        await blobs.PutIfAbsentAsync(new BlobKey(Tenant, "data/1.jsonl"), Lines(9), Cancel);
        Assert.Equal(65, (await RunAsync(world, 1, Map)).Code);
        await blobs.PutIfAbsentAsync(new BlobKey(Tenant, "data/more.jsonl"), Lines(9), Cancel);
        Assert.Equal(65, (await RunAsync(world, 0, Map)).Code);
    }

    [Theory]
    [InlineData("attest")]
    [InlineData("attest map --out shards/ --shards 3")]
    [InlineData("attest map --source data --out shards/ --shards 3")]
    [InlineData("attest map --source data/ --out shards/ --shards 0")]
    [InlineData("attest map --source data/ --out shards/ --shards 1 --wrong 1")]
    [InlineData("attest reduce")]
    public async Task Refuses_a_job_that_is_not_described(string command)
    {
        var environment = new Dictionary<string, string?> { ["LACE_TENANT"] = "acme", ["LACE_DATA"] = "/" };
        Assert.Equal(64, (await RunAsync(environment, 1, command.Split(' '))).Code);
    }

    private static string[] Map =>
        ["attest", "map", "--source", "data/", "--out", "shards/", "--shards", "3", "--field", "t", "--jobs", "2"];

    // What `lace attest --merge` does between the two readings.
    private static async Task PlanAsync(IBlobStore blobs, byte[] salt)
    {
        var counted = new List<ShardCounts>();
        for (var shard = 1; shard <= Shards; shard++)
        {
            var name = $"shards/shard-{shard:D5}-of-{Shards:D5}.counts";
            var file = (await blobs.GetAsync(new BlobKey(Tenant, name), Cancel))!;
            counted.Add(ShardCounts.Read(new MemoryStream(file.Content.ToArray()), name));
        }

        var sum = ShardSum.Of(counted);
        var plan = new ShardPlan(counted[0].Header, Id, salt, Filter, sum.Records, sum.Digests, sum.Total);
        var written = new MemoryStream();
        plan.Write(written);
        await blobs.PutIfAbsentAsync(new BlobKey(Tenant, "shards/plan"), written.ToArray(), Cancel);
    }

    private static async Task MapAsync(AwsWorld world, int index)
    {
        var (code, _, error) = await RunAsync(world, index, Map);
        Assert.True(code == 0, error);
    }

    private static Task<(int Code, string Output, string Error)> RunAsync(
        AwsWorld world,
        int? index,
        params string[] arguments
    ) => RunAsync(world.Environment, index, arguments);

    private static async Task<(int Code, string Output, string Error)> RunAsync(
        IReadOnlyDictionary<string, string?> environment,
        int? index,
        params string[] arguments
    )
    {
        var start = new ProcessStartInfo(
            "dotnet",
            [Path.Combine(AppContext.BaseDirectory, "Lace.Worker.dll"), .. arguments]
        )
        {
            UseShellExecute = false,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        start.Environment["LACE_TENANT"] = Tenant.Value;
        start.Environment["AWS_BATCH_JOB_ARRAY_INDEX"] = index?.ToString(
            System.Globalization.CultureInfo.InvariantCulture
        );
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync(Cancel);
        var output = await process.StandardOutput.ReadToEndAsync(Cancel);
        await process.WaitForExitAsync(Cancel);
        return (process.ExitCode, output, await error);
    }

    private static byte[] Lines(int seed)
    {
        var random = new Random(seed);
        var lines = new StringBuilder();
        for (var left = random.Next(3, 40); left > 0; left--)
        {
            var words = Enumerable.Range(0, random.Next(200)).Select(_ => $"word{random.Next(500)}");
            lines.Append($"{{\"t\":\"{string.Join(' ', words)}\"}}\n");
        }

        return Encoding.UTF8.GetBytes(lines.ToString());
    }
}
