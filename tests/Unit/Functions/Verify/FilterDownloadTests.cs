using System.Net;
using System.Text;
using System.Text.Json;
using Lace.Cli;
using Lace.Cli.Attest;
using Lace.Cli.Exclusion;
using Lace.Evidence.Bundles;
using Lace.Evidence.Fingerprints;

namespace Lace.Tests.Functions.Verify;

/// <summary>A public filter as a file: downloaded, resumed, asked without the service.</summary>
public sealed class FilterDownloadTests : IAsyncLifetime
{
    private static readonly FilterRequest Public = new(FingerprintTier.Public, FilterAccess.Callers);

    private ExclusionWorld world = null!;

    private string FilterPath => Path.Combine(world.Cli.Work, "public.filter");

    public async ValueTask InitializeAsync() => world = await ExclusionWorld.StartAsync();

    public ValueTask DisposeAsync() => world.DisposeAsync();

    [Fact]
    public async Task A_downloaded_filter_answers_as_the_service_does_without_a_key()
    {
        var records = ExclusionWorld.Records(31, 400);
        var id = await world.AttestAsync(records, Public);
        world.Cli.Write("member.txt", records[17]);
        world.Cli.Write("stranger.txt", ExclusionWorld.Records(32, 1)[0]);
        Assert.Equal(ExitCode.Present, await world.CheckAsync(id, "member.txt", "service.json"));
        Assert.Equal(ExitCode.Ok, await DownloadAsync(id));
        world.Cli["LACE_API_KEY"] = null;
        world.Cli["LACE_BASE_URL"] = "http://127.0.0.1:1";
        var options = new CheckOptions(
            null,
            ["member.txt"],
            "policy.json",
            "local.json",
            false,
            false,
            false,
            true,
            "public.filter"
        );
        Assert.Equal(ExitCode.Present, await world.RunAsync(options));
        Assert.Equal(ExitCode.Present, await world.OfflineAsync("local.json", "member.txt"));
        Assert.Equal(ExitCode.Ok, await world.RunAsync(options with { Texts = ["stranger.txt"] }));
        Assert.Equal(ExitCode.Ok, await world.OfflineAsync("local.json", "stranger.txt"));
        Assert.Equal(
            ExitCode.Present,
            await world.RunAsync(options with { Texts = ["member.txt", "stranger.txt"], Id = id, Proof = null })
        );

        // Another attestation than the one that was asked for.
        var failure = await Assert.ThrowsAsync<CliException>(() =>
            world.RunAsync(options with { Id = "lace-20261120-134501-x7k2p9" })
        );
        Assert.Equal(ExitCode.Unavailable, failure.ExitCode);
    }

    [Fact]
    public async Task An_interrupted_download_goes_on_and_a_damaged_one_is_not_taken()
    {
        // More than one part of 16,384 blocks.
        var random = new Random(33);
        string[] records = [.. Enumerable.Range(0, 30).Select(_ => LongText(random, 700_000))];
        var id = await world.AttestAsync(records, Public);
        Assert.Equal(ExitCode.Ok, await DownloadAsync(id));
        var whole = await File.ReadAllBytesAsync(FilterPath);
        var blocks = FilterFile.Read(new MemoryStream(whole), out _)!.Committed.Blocks;
        Assert.True(blocks > FilterPart.Blocks);
        var head = whole.Length - ((int)blocks * BlockedBloomFilter.BlockSize);
        File.Delete(FilterPath);

        // Killed in the middle of the second part, in the statement, and after the last byte.
        foreach (
            var cut in (int[])[head + (FilterPart.Blocks * BlockedBloomFilter.BlockSize) + 777, head / 2, whole.Length]
        )
        {
            await File.WriteAllBytesAsync(FilterPath + ".part", whole[..cut]);
            Assert.Equal(ExitCode.Ok, await DownloadAsync(id));
            Assert.Equal(whole[head..], (await File.ReadAllBytesAsync(FilterPath))[^(whole.Length - head)..]);
            Assert.False(File.Exists(FilterPath + ".part"));
        }

        Assert.Equal(blocks, Last().GetProperty("resumed").GetInt64());

        // A byte of what was received was changed: not the filter that was signed, and the next call begins anew.
        File.Delete(FilterPath);
        var damaged = whole.ToArray();
        damaged[^1] ^= 4;
        await File.WriteAllBytesAsync(FilterPath + ".part", damaged);
        var failure = await Assert.ThrowsAsync<CliException>(() => DownloadAsync(id));
        Assert.Equal(ExitCode.EvidenceFailed, failure.ExitCode);
        Assert.False(File.Exists(FilterPath));
        Assert.Equal(ExitCode.Ok, await DownloadAsync(id));

        // The file of another filter under the same name is no beginning of this one.
        var other = await world.AttestAsync(ExclusionWorld.Records(34, 50), Public, "other.jsonl");
        File.Move(FilterPath, FilterPath + ".part");
        Assert.Equal(ExitCode.Ok, await DownloadAsync(other));
        Assert.Equal(0, Last().GetProperty("resumed").GetInt64());
    }

    [Fact]
    public async Task Only_what_is_public_is_given_and_the_owner_sees_it()
    {
        var open = await world.AttestAsync(ExclusionWorld.Records(35, 50), Public);
        var closed = await world.AttestAsync(
            ExclusionWorld.Records(36, 50),
            new FilterRequest(FingerprintTier.Public, FilterAccess.Owner),
            "b.jsonl"
        );
        var held = await world.AttestAsync(ExclusionWorld.Records(37, 50), ExclusionWorld.Callers, "c.jsonl");
        using var stranger = await world.App.NewTenantAsync("verify");
        var part = await stranger.GetAsync($"/v1/exclusion-checks/{open}/filter/0");
        Assert.Equal(HttpStatusCode.OK, part.StatusCode);
        var filter = await world.FilterAsync(open);
        var blocks = FilterPart.Read(await part.Content.ReadAsByteArrayAsync(), open, 0)!.Value;
        Assert.Equal(filter.Root, BlockTree.Head(0, blocks.Span));
        await stranger.GetAsync($"/v1/exclusion-checks/{open}/filter/1").ProblemAsync(404, "not_found");
        await stranger.GetAsync($"/v1/exclusion-checks/{closed}/filter/0").ProblemAsync(404, "not_found");
        await stranger.GetAsync($"/v1/exclusion-checks/{held}/filter/0").ProblemAsync(409, "filter_not_public");
        await world.Owner.GetAsync($"/v1/exclusion-checks/{held}/filter/0").ProblemAsync(409, "filter_not_public");
        await world.App.Anonymous.GetAsync($"/v1/exclusion-checks/{open}/filter/0").ProblemAsync(401, "key_missing");
        var failure = await Assert.ThrowsAsync<CliException>(() => DownloadAsync(held));
        Assert.Equal(ExitCode.Usage, failure.ExitCode);

        var chain = await world.Owner.GetStringAsync("/v1/audit_logs?format=jsonl");
        var entries = chain
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonDocument.Parse(line).RootElement)
            .Where(entry => entry.GetProperty("operation").GetString() == "exclusion.download")
            .ToArray();
        Assert.Equal(open, Assert.Single(entries).GetProperty("object_id").GetString());
        Assert.False(
            Lace.Evidence.Audit.AuditFileVerification.Verify(
                new MemoryStream(Encoding.UTF8.GetBytes(chain)),
                null
            ).Failed
        );
    }

    [Fact]
    public async Task Every_other_form_of_a_filter_file_is_refused()
    {
        var id = await world.AttestAsync(ExclusionWorld.Records(38, 20), Public);
        await DownloadAsync(id);
        var whole = await File.ReadAllBytesAsync(FilterPath);
        var line = Array.IndexOf(whole, (byte)'\n') + 1;
        Assert.NotNull(FilterFile.Read(new MemoryStream(whole), out _));
        var head = FilterFile.Head(FilterFile.Read(new MemoryStream(whole), out _)!.Signed).Length;
        var policy = LacePolicy.Parse(
            await File.ReadAllBytesAsync(Path.Combine(world.Cli.Work, "policy.json")),
            out _
        )!;
        var random = new Random(1);
        for (var i = 0; i < 600; i++)
        {
            var at =
                i < line ? i
                : i % 2 == 0 ? random.Next(line, head)
                : random.Next(head, whole.Length);
            var changed = whole.ToArray();
            changed[at] ^= (byte)(1 << random.Next(8));
            var read = FilterFile.Read(new MemoryStream(changed), out _);
            // Inside the statement a change may be well-formed: then no proof that is made of the file holds.
            Assert.True(read is null || (at >= line && at < head && !Holds(read)), $"byte {at}");
        }

        AssertRefused(whole[..^1]);
        AssertRefused([.. whole, 0]);
        AssertRefused(whole[..line]);
        AssertRefused([]);
        AssertRefused([.. "lace-filter/1 2\n{}"u8]);
        AssertRefused([.. "lace-filter/1 2147483647\n{}"u8]);
        AssertRefused([.. "lace-filter/1 0"u8, .. whole[13..]]);

        static void AssertRefused(byte[] bytes)
        {
            Assert.Null(FilterFile.Read(new MemoryStream(bytes), out var reason));
            Assert.NotNull(reason);
        }

        bool Holds(FilterFile file)
        {
            ulong[] asked = [1, 2, 3];
            var proof = new ExclusionProof(
                file.Signed,
                new CheckedText(default, 0, 0),
                asked,
                null,
                file.Filter.Open(asked),
                ExclusionVerdict.Clear
            );
            return ExclusionVerification.Verify(proof, policy, null).Outcome != BundleOutcome.Failed;
        }
    }

    private Task<int> DownloadAsync(string id) =>
        new FilterDownload(
            world.Cli.Host,
            LaceConfig.Resolve(null, null, world.Cli.Host),
            new FilterDownloadOptions(id, "public.filter", Json: true, Quiet: true)
        ).RunAsync(default);

    private JsonElement Last() => JsonDocument.Parse(world.Cli.Output.ToString().TrimEnd().Split('\n')[^1]).RootElement;

    private static string LongText(Random random, int length)
    {
        var text = new StringBuilder();
        while (text.Length < length)
        {
            for (var i = random.Next(1, 9); i > 0; i--)
            {
                text.Append((char)('a' + random.Next(26)));
            }

            text.Append(' ');
        }

        return text.ToString();
    }
}
