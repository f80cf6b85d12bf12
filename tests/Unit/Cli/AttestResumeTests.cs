using System.Diagnostics;
using System.IO.Compression;
using System.Runtime.Versioning;
using System.Text;
using System.Text.Json;
using Lace.Cli;
using Lace.Cli.Attest;
using Lace.Evidence.Datasets;

namespace Lace.Tests.Cli;

/// <summary>Whatever ends a call, the next one goes on where it was.</summary>
[SupportedOSPlatform("linux")]
public sealed class AttestResumeTests
{
    private const string Chunks = "PUT /v1/attestations/lace-20261120-134501-000000/chunks/";

    [Fact]
    public async Task A_call_that_failed_is_resumed_by_the_next_with_the_missing_chunks_only()
    {
        using var server = new AttestServerDouble();
        using var cli = new CliFixture(server.BaseUrl);
        cli.Write("data.jsonl", Lines(50_000));
        server.Fault = request => request.EndsWith("chunks/2", StringComparison.Ordinal) ? 400 : null;
        await Assert.ThrowsAsync<ApiException>(() => cli.AttestAsync("data.jsonl"));
        var first = server.Count(Chunks);
        var had = server
            .Requests.Where(request =>
                request.StartsWith(Chunks, StringComparison.Ordinal)
                && !request.EndsWith("/2", StringComparison.Ordinal)
            )
            .ToArray();

        server.Fault = _ => null;
        Assert.Equal(ExitCode.Ok, await cli.AttestAsync("data.jsonl"));

        Assert.Single(server.Attestations);
        Assert.Single(server.Completed);
        Assert.Equal(1, server.Count("POST /v1/attestations/lace"));
        Assert.Empty(server.Requests.Skip(first + 1).Intersect(had));
    }

    [Fact]
    public async Task A_filter_that_was_not_taken_is_sent_by_the_next_call_under_the_same_salt()
    {
        using var server = new AttestServerDouble();
        using var cli = new CliFixture(server.BaseUrl);
        cli.Write(
            "data.txt",
            "A paragraph that is long enough to have a fingerprint of its own, as every longer text has at least one."
        );
        server.Fault = request => request.EndsWith("filter/0", StringComparison.Ordinal) ? 400 : null;
        await Assert.ThrowsAsync<ApiException>(() => cli.AttestAsync("data.txt"));
        Assert.Empty(server.Completed);

        server.Fault = request => request.EndsWith("complete", StringComparison.Ordinal) ? 400 : null;
        await Assert.ThrowsAsync<ApiException>(() => cli.AttestAsync("data.txt"));
        var id = Assert.Single(server.Attestations);
        Assert.Contains(server.Filter(id), octet => octet != 0);

        server.Fault = _ => null;
        Assert.Equal(ExitCode.Ok, await cli.AttestAsync("data.txt"));
        Assert.Equal([id], server.Completed);
        Assert.Equal(2, server.Count($"PUT /v1/attestations/{id}/filter/0"));
    }

    [Fact]
    public async Task The_filter_for_near_duplicates_is_sent_by_the_next_call_and_the_first_one_not_again()
    {
        using var server = new AttestServerDouble();
        using var cli = new CliFixture(server.BaseUrl);
        cli.Write("data.txt", string.Join(' ', Enumerable.Range(0, 500).Select(i => $"word{i * i}")));
        server.Fault = request => request.EndsWith("bands/0", StringComparison.Ordinal) ? 400 : null;
        await Assert.ThrowsAsync<ApiException>(() => cli.AttestAsync("data.txt"));
        Assert.Empty(server.Completed);

        server.Fault = _ => null;
        Assert.Equal(ExitCode.Ok, await cli.AttestAsync("data.txt"));
        var id = Assert.Single(server.Attestations);
        Assert.Equal([id], server.Completed);
        Assert.Equal(1, server.Count($"PUT /v1/attestations/{id}/filter/0"));
        Assert.Equal(2, server.Count($"PUT /v1/attestations/{id}/bands/0"));
        Assert.Contains(server.Bands(id), octet => octet != 0);
    }

    [Fact]
    public async Task An_interrupted_call_is_resumed_by_the_next()
    {
        using var server = new AttestServerDouble();
        using var cli = new CliFixture(server.BaseUrl);
        cli.Write("data.jsonl", Lines(40_000));
        using var interrupt = new CancellationTokenSource();
        server.Fault = request =>
        {
            if (request.StartsWith(Chunks, StringComparison.Ordinal))
            {
                interrupt.Cancel();
            }

            return null;
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            cli.AttestAsync("data.jsonl", null, interrupt.Token)
        );
        Assert.Empty(server.Completed);

        server.Fault = _ => null;
        Assert.Equal(ExitCode.Ok, await cli.AttestAsync("data.jsonl"));
        Assert.Single(server.Attestations);
        Assert.Single(server.Completed);
    }

    [Fact]
    public async Task A_killed_process_is_resumed_by_the_next()
    {
        using var server = new AttestServerDouble();
        using var cli = new CliFixture(server.BaseUrl);
        cli.Write("data.jsonl", Lines(50_000));
        using var sawChunk = new ManualResetEventSlim();
        server.Fault = request =>
        {
            if (request.StartsWith(Chunks, StringComparison.Ordinal))
            {
                sawChunk.Set();
                return 503;
            }

            return null;
        };
        var start = new ProcessStartInfo(
            "dotnet",
            [Path.Combine(AppContext.BaseDirectory, "lace.dll"), "attest", "-d", "data.jsonl", "-q", "--jobs", "2"]
        )
        {
            WorkingDirectory = cli.Work,
            UseShellExecute = false,
            RedirectStandardError = true,
            Environment =
            {
                ["XDG_STATE_HOME"] = Path.GetDirectoryName(cli.StateFolder),
                ["LACE_BASE_URL"] = server.BaseUrl,
                ["LACE_API_KEY"] = "lace_prod_sk_right",
            },
        };
        using (var process = Process.Start(start)!)
        {
            Assert.True(
                sawChunk.Wait(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken),
                "no chunk came"
            );
            process.Kill();
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        server.Fault = _ => null;
        Assert.Equal(ExitCode.Ok, await cli.AttestAsync("data.jsonl"));
        Assert.Single(server.Attestations);
        Assert.Single(server.Completed);
    }

    [Fact]
    public async Task An_attestation_whose_creation_was_not_answered_is_not_created_twice()
    {
        using var server = new AttestServerDouble { FailsAfterwards = true };
        using var cli = new CliFixture(server.BaseUrl);
        cli.Write("data.jsonl", Lines(10));
        server.Fault = request => request == "POST /v1/attestations" ? 503 : null;
        var failure = await Assert.ThrowsAsync<ApiException>(() => cli.AttestAsync("data.jsonl"));
        Assert.Equal(ExitCode.Unavailable, failure.ExitCode);

        server.Fault = _ => null;
        Assert.Equal(ExitCode.Ok, await cli.AttestAsync("data.jsonl"));
        Assert.Single(server.Attestations);
    }

    [Fact]
    public async Task A_completion_whose_answer_was_lost_is_made_good()
    {
        using var server = new AttestServerDouble { FailsAfterwards = true };
        using var cli = new CliFixture(server.BaseUrl);
        cli.Write("data.jsonl", Lines(10));
        server.Fault = request => request.EndsWith("/complete", StringComparison.Ordinal) ? 0 : null;
        var failure = await Assert.ThrowsAsync<CliException>(() => cli.AttestAsync("data.jsonl"));
        Assert.Equal(ExitCode.Unavailable, failure.ExitCode);

        server.Fault = _ => null;
        Assert.Equal(ExitCode.Ok, await cli.AttestAsync("data.jsonl"));
        Assert.Single(server.Completed);
        Assert.Equal(1, server.Count(Chunks));
    }

    [Fact]
    public async Task Data_that_changed_since_gets_a_new_attestation_and_the_user_is_told()
    {
        using var server = new AttestServerDouble();
        using var cli = new CliFixture(server.BaseUrl);
        cli.Write("data.jsonl", Lines(10));
        server.Fault = request => request.EndsWith("/complete", StringComparison.Ordinal) ? 400 : null;
        await Assert.ThrowsAsync<ApiException>(() => cli.AttestAsync("data.jsonl"));

        cli.Write("data.jsonl", Lines(11));
        server.Fault = _ => null;
        Assert.Equal(ExitCode.Ok, await cli.AttestAsync("data.jsonl"));

        Assert.Contains(
            "the data changed since lace-20261120-134501-000000",
            cli.Error.ToString(),
            StringComparison.Ordinal
        );
        Assert.Equal(2, server.Attestations.Count);
        Assert.Equal("lace-20261120-134501-000001", Assert.Single(server.Completed));
    }

    [Fact]
    public void One_process_at_a_time_works_on_a_state()
    {
        using var cli = new CliFixture();
        var options = CliFixture.Options(DatasetPart.Whole, "a.jsonl");
        var url = new Uri("http://x/");
        using (AttestStateFile.Open(cli.StateFolder, url, options, cli.Work))
        {
            var refused = Assert.Throws<CliException>(() =>
                AttestStateFile.Open(cli.StateFolder, url, options, cli.Work)
            );
            Assert.Equal(ExitCode.Incomplete, refused.ExitCode);
            using var other = AttestStateFile.Open(cli.StateFolder, url, options with { Name = "other" }, cli.Work);
        }

        using var again = AttestStateFile.Open(cli.StateFolder, url, options, cli.Work);
        Assert.Null(again.Load());
        again.Save(AttestState.New("f"));
        Assert.Equal("f", again.Load()!.Fingerprint);
        Assert.All(
            Directory.GetFiles(cli.StateFolder),
            file => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file))
        );
    }

    private static string Lines(int count) =>
        string.Concat(Enumerable.Range(0, count).Select(i => $"line {i} of many\n"));
}
