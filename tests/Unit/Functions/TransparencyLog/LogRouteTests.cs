using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.Json;
using Lace.Evidence.Statements.Sigstore;
using Lace.Evidence.Transparency;
using Lace.Evidence.Transparency.Notes;
using Lace.Evidence.Transparency.Tiles;
using Lace.Functions.TransparencyLog;
using Lace.Platform;
using Lace.Records.TransparencyLog;
using Microsoft.Extensions.DependencyInjection;

namespace Lace.Tests.Functions.TransparencyLog;

public sealed class LogRouteTests(LaceAppFixture fixture) : IClassFixture<LaceAppFixture>
{
    private readonly LaceApp app = fixture.App;

    [Fact]
    public async Task Serves_checkpoint_tiles_and_entries_that_belong_together()
    {
        var body = Encoding.UTF8.GetBytes($"entry {Guid.NewGuid()}");
        var index = await LogAsync(body);

        using var answer = await app.Anonymous.GetAsync("/v1/log/checkpoint");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("text/plain; charset=utf-8", answer.Content.Headers.ContentType?.ToString());
        Assert.Equal("public, max-age=5", answer.Headers.CacheControl?.ToString());
        Assert.True(SignedNote.TryParse(await answer.Content.ReadAsByteArrayAsync(), out var note));
        Assert.True(
            TlogPolicy.TryParse(await app.Anonymous.GetByteArrayAsync("/v1/log/policy"), out var policy, out _)
        );
        Assert.Equal(2, policy.Logs.Count);
        var checkpoint = policy.Evaluate(note).Checkpoint;
        Assert.NotNull(checkpoint);
        Assert.StartsWith("log.localhost/", checkpoint.Origin, StringComparison.Ordinal);
        Assert.True(index < checkpoint.Size);

        var audit = LogAudit.Run(
            checkpoint.Size,
            checkpoint.Root,
            path => app.Anonymous.GetByteArrayAsync("/v1/log/" + path).Result
        );
        Assert.Empty(audit.Findings);

        var root = TrustedRoot.TryParse(await app.Anonymous.GetByteArrayAsync("/v1/log/trusted_root.json"));
        Assert.Equal(policy.Logs[0].Key, Assert.Single(root!.Logs).Key);
    }

    [Fact]
    public async Task A_log_that_has_not_begun_shows_no_checkpoint()
    {
        var log = new LogReader(new MemoryStores(), new LogPlace(LogWorld.Keys.Origin));
        Assert.Null(await log.ShownCheckpointAsync());
        Assert.Null(await log.CheckpointOverAsync(0));
    }

    [Fact]
    public async Task Tiles_are_immutable_and_entries_come_compressed_where_that_is_asked()
    {
        await LogAsync(Encoding.UTF8.GetBytes($"entry {Guid.NewGuid()}"));
        foreach (var path in new[] { "tile/0/000.p/1", "tile/entries/000.p/1" })
        {
            using var plain = await app.Anonymous.GetAsync("/v1/log/" + path);
            Assert.Equal("application/octet-stream", plain.Content.Headers.ContentType?.ToString());
            Assert.Equal("public, max-age=31536000, immutable", plain.Headers.CacheControl?.ToString());
            Assert.Empty(plain.Content.Headers.ContentEncoding);

            using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/log/" + path);
            request.Headers.AcceptEncoding.ParseAdd("br, gzip;q=0.5");
            using var compressed = await app.Anonymous.SendAsync(request);
            var isEntries = path.Contains("entries", StringComparison.Ordinal);
            Assert.Equal(isEntries ? ["gzip"] : [], compressed.Content.Headers.ContentEncoding);
            if (isEntries)
            {
                Assert.Equal(["Accept-Encoding"], compressed.Headers.Vary);
                await using var gzip = new GZipStream(
                    await compressed.Content.ReadAsStreamAsync(),
                    CompressionMode.Decompress
                );
                using var entries = new MemoryStream();
                await gzip.CopyToAsync(entries);
                Assert.Equal(await plain.Content.ReadAsByteArrayAsync(), entries.ToArray());
            }
        }
    }

    [Theory]
    [InlineData("tile/0/999")]
    [InlineData("tile/63/000")]
    [InlineData("tile/0/000.p/0")]
    [InlineData("tile/0/0")]
    [InlineData("tile/0/000.p/256")]
    [InlineData("tile/entries")]
    [InlineData("tile/lock/checkpoint")]
    [InlineData("tile/../lock/checkpoint")]
    [InlineData("tile/%2e%2e/lock/checkpoint")]
    [InlineData("tile/..%2flock%2fcheckpoint")]
    [InlineData("tile/0/..%2f..%2f..%2flock%2fcheckpoint")]
    [InlineData("lock/checkpoint")]
    [InlineData("staging/0-00")]
    [InlineData("checkpoint/../lock/checkpoint")]
    public async Task Answers_404_for_everything_else_and_reaches_no_private_path(string path)
    {
        await LogAsync(Encoding.UTF8.GetBytes($"entry {Guid.NewGuid()}"));
        using var raw = new HttpClient(new SocketsHttpHandler());
        var address = new Uri(
            $"{app.Address}v1/log/{path}",
            new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }
        );
        using var answer = await raw.GetAsync(address);
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        using var problem = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        Assert.Contains(problem.RootElement.GetProperty("code").GetString(), new[] { "not_found", "route_not_found" });
        Assert.Null(answer.Headers.CacheControl);
    }

    [Fact]
    public async Task The_log_goes_on_after_a_restart()
    {
        var lace = await LaceApp.StartAsync();
        await using var _ = lace;
        var first = await LogAsync(lace, "first"u8.ToArray());
        var origin = lace.Services.GetRequiredService<LogKeys>().Origin;
        await lace.RestartAsync();
        Assert.Equal(origin, lace.Services.GetRequiredService<LogKeys>().Origin);
        var second = await LogAsync(lace, "second"u8.ToArray());
        Assert.Equal((0, 1), (first, second));
        Assert.DoesNotContain("log_stopped", lace.Log, StringComparison.Ordinal);
    }

    private Task<long> LogAsync(byte[] body) => LogAsync(app, body);

    private static async Task<long> LogAsync(LaceApp lace, byte[] body)
    {
        var promise = lace.Services.GetRequiredService<PendingEntries>().Promise(body);
        Assert.True(await lace.Services.GetRequiredService<IItemStore>().WriteAsync(promise));
        var hash = MerkleTree.HashLeaf(body);
        var indices = await lace.Services.GetRequiredService<LogIndex>().WaitAsync([hash], TimeSpan.FromMinutes(1));
        Assert.NotNull(indices);
        return indices[hash];
    }
}
