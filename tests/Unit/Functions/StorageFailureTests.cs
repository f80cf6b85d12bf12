using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Lace.Evidence.Datasets;

namespace Lace.Tests.Functions;

/// <summary>What clients are told when the storage below fails, and what is left.</summary>
public sealed class StorageFailureTests
{
    [Fact]
    public async Task A_store_that_does_not_answer_is_503_and_nothing_is_half_written()
    {
        await using var app = await LaceApp.StartAsync();
        using var client = await app.NewTenantAsync();
        var dataset = new TestDataset(100);
        var id = await client.BeginAsync();
        var blobs = Path.Combine(app.Folder, "blobs");
        Directory.Move(blobs, blobs + "-away");
        await File.WriteAllTextAsync(blobs, "");
        await client.PutChunkAsync(id, 0, dataset.Chunk(id, 0)).ProblemAsync(503, "storage_unavailable");

        File.Delete(blobs);
        Directory.Move(blobs + "-away", blobs);
        var seen = await client.GetAsync($"/v1/attestations/{id}").JsonAsync(HttpStatusCode.OK);
        Assert.Equal("[]", seen.GetProperty("chunks").GetRawText());
        await client.PutChunkAsync(id, 0, dataset.Chunk(id, 0)).JsonAsync(HttpStatusCode.Created);
        await client.CompleteAsync(id, dataset.Completion()).JsonAsync(HttpStatusCode.OK);
    }

    /// <summary>The host on a small file system, in a mount namespace of its own that leaves nothing behind.</summary>
    [Fact]
    public async Task A_full_disk_is_507_what_was_accepted_stays_and_room_makes_it_work_again()
    {
        const string Script =
            "mount -t tmpfs -o size=12m tmpfs \"$1\" && head -c 2500000 /dev/zero > \"$1/ballast\" && "
            + "exec dotnet \"$2\" --data \"$1/data\" --urls http://127.0.0.1:0 --attached true 2>/dev/null";
        Assert.SkipUnless(File.Exists("/usr/bin/unshare"), "needs unshare(1) of util-linux for a small file system");
        var folder = Directory.CreateTempSubdirectory("lace-full-").FullName;
        var host = Path.Combine(AppContext.BaseDirectory, "Lace.Functions.dll");
        string[] command = ["--map-root-user", "--mount", "sh", "-c", Script, "sh", folder, host];
        using var process = Process.Start(
            new ProcessStartInfo("/usr/bin/unshare", command)
            {
                UseShellExecute = false,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
            }
        )!;
        var line = await process.StandardOutput.ReadLineAsync();
        Assert.SkipWhen(line is null, "this kernel does not let the tests mount a small file system");
        var ready = JsonDocument.Parse(line!).RootElement;
        using var client = new HttpClient { BaseAddress = new Uri(ready.GetProperty("address").GetString()!) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
            "Bearer",
            ready.GetProperty("api_key").GetString()
        );

        var dataset = new TestDataset(20 * DatasetChunk.Records);
        var id = await client.BeginAsync();
        var sent = 0;
        HttpResponseMessage answer;
        while (
            (answer = await client.PutChunkAsync(id, sent, dataset.Chunk(id, sent))).StatusCode
            == HttpStatusCode.Created
        )
        {
            sent++;
        }

        await answer.ProblemAsync(507, "storage_unavailable");
        Assert.InRange(sent, 2, 19);
        var seen = await client.GetAsync($"/v1/attestations/{id}").JsonAsync(HttpStatusCode.OK);
        Assert.Equal($"[[0,{sent - 1}]]", seen.GetProperty("chunks").GetRawText());

        File.Delete($"/proc/{process.Id}/root{folder}/ballast");
        await client.PutChunkAsync(id, sent, dataset.Chunk(id, sent)).JsonAsync(HttpStatusCode.Created);
        await client.PutChunkAsync(id, 0, dataset.Chunk(id, 0)).JsonAsync(HttpStatusCode.OK);

        process.StandardInput.Close();
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
        Directory.Delete(folder);
    }
}
