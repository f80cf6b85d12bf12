using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Lace.Cli;
using Lace.Cli.Attest;
using Lace.Cli.Verify;
using Lace.Evidence.Bundles;
using Lace.Evidence.Datasets;
using Lace.Evidence.Statements.Sigstore;
using Lace.Evidence.Trajectories;
using Lace.Evidence.Transparency.Notes;
using Lace.Evidence.Verification;
using Lace.Tests.Functions.Verify;

namespace Lace.Tests.Cli;

/// <summary><c>lace bundle</c>, <c>lace policy</c> and <c>lace verify --offline</c> with files that the real server made.</summary>
public sealed class OfflineVerificationTests : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("lace-bundle-").FullName;
    private RunHost host = null!;

    private string Bundle => Path.Combine(folder, "evidence.bundle.json");

    private string Policy => Path.Combine(folder, "policy.json");

    private string RunLog => Path.Combine(folder, "run.jsonl");

    public async ValueTask InitializeAsync() => host = await RunHost.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await host.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task What_the_commands_fetch_is_verified_without_any_connection()
    {
        var run = RunHost.Id(await host.TrainRecordedAsync("r05_true_finetune"));
        var sigstore = Path.Combine(folder, "sigstore");
        var key = host.Owner.DefaultRequestHeaders.Authorization!.Parameter!;
        var (code, output, error) = await LaceAsync(
            "bundle",
            "--id",
            run,
            "--out",
            Bundle,
            "--run-log",
            RunLog,
            "--sigstore",
            sigstore,
            "--api-key",
            key
        );
        Assert.True(code == ExitCode.Ok, error);
        Assert.Contains("bytes of at most 69,632", output, StringComparison.Ordinal);
        await FetchPolicyAsync();
        AssertSigstore(sigstore);

        using var trap = new TcpListener(IPAddress.Loopback, 0);
        trap.Start();
        var address = $"http://127.0.0.1:{((IPEndPoint)trap.LocalEndpoint).Port}";
        (code, output, error) = await LaceAsync(
            "verify",
            "--offline",
            Bundle,
            "--policy",
            Policy,
            "--run-log",
            RunLog,
            "--base-url",
            address
        );
        Assert.Equal((ExitCode.Ok, ""), (code, error));
        Assert.StartsWith("CONSISTENT, level 3 (consistent): every required check", output, StringComparison.Ordinal);
        Assert.Contains("level 3 consistent  recomputed here", output, StringComparison.Ordinal);
        Assert.Contains("[passed]      statement.run-end.* ", output, StringComparison.Ordinal);
        Assert.Contains("[not checked] dataset.root", output, StringComparison.Ordinal);
        Assert.False(trap.Pending());

        (code, output, _) = await LaceAsync("verify", "--offline", Bundle, "--policy", Policy, "--json");
        var found = JsonSerializer.Deserialize(output, BundleFindingsJson.Default.BundleFindings)!;
        Assert.Equal((ExitCode.Ok, BundleOutcome.Passed, 3), (code, found.Outcome, found.Level));
        Assert.Equal(RungBasis.Stated, found.Rungs[3].Basis);

        Assert.Equal(ExitCode.EvidenceNotChecked, (await LaceAsync("verify", "--offline", Bundle)).Code);
        await AssertFlippedBytesFailAsync();
    }

    [Fact]
    public async Task The_dataset_gives_the_attested_root_with_the_receipt_and_no_other_dataset_does()
    {
        using var cli = new CliFixture(host.Anonymous.BaseAddress!.ToString());
        cli["LACE_API_KEY"] = host.Owner.DefaultRequestHeaders.Authorization!.Parameter!;
        var lines = Enumerable.Range(0, 60).Select(i => $"{{\"text\":\"record number {i} of a dataset\"}}");
        cli.Write("data.jsonl", string.Join('\n', lines));
        Assert.Equal(ExitCode.Ok, await cli.AttestAsync("data.jsonl", new DatasetPart(DatasetPartKind.Field, "text")));
        using var current = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(cli.Work, ".lace/current.json")));
        var attestation = current.RootElement.GetProperty("attestation_id").GetString()!;
        host.Advance(TimeSpan.FromSeconds(30));
        var run = await host.NewRunAsync(attestation);
        await host.TrainAsync(
            run,
            [.. Enumerable.Range(0, 50).Select(i => new LossPoint(i, 2, [new MicroBatch([i])]))]
        );
        File.WriteAllBytes(Bundle, await host.BundleAsync(attestation));
        await FetchPolicyAsync();

        Assert.Equal((ExitCode.Inconclusive, CheckStatus.Passed), await RootAsync(cli, "data.jsonl"));
        cli.Write("other.jsonl", string.Join('\n', lines.Reverse()));
        Assert.Equal((ExitCode.EvidenceFailed, CheckStatus.Failed), await RootAsync(cli, "other.jsonl"));
        cli.Write("data.txt", string.Join('\n', lines));
        Assert.Equal((ExitCode.Inconclusive, CheckStatus.Passed), await RootAsync(cli, "data.txt"));
        var receipt = Path.Combine(cli.StateFolder, "receipts", attestation + ".json");
        var other = JsonSerializer.Deserialize(File.ReadAllBytes(receipt), CliJson.Default.Receipt)! with
        {
            KSalt = Convert.ToBase64String(new byte[32]),
        };
        var wrong = cli.Write("wrong.json", JsonSerializer.Serialize(other, CliJson.Default.Receipt));
        Assert.Equal((ExitCode.EvidenceFailed, CheckStatus.Failed), await RootAsync(cli, "data.jsonl", wrong));
        File.Delete(receipt);
        var missing = await Assert.ThrowsAsync<CliException>(() => RootAsync(cli, "data.jsonl"));
        Assert.Equal(ExitCode.Usage, missing.ExitCode);
    }

    [Fact]
    public async Task The_policy_is_printed_with_its_fingerprints()
    {
        var error = await FetchPolicyAsync();
        var policy = LacePolicy.Parse(File.ReadAllBytes(Policy), out _)!;
        Assert.Contains(policy.StatementKeys[0].Id, error, StringComparison.Ordinal);
        var (code, output, _) = await LaceAsync("policy", "show", Policy);
        Assert.Equal(ExitCode.Ok, code);
        Assert.StartsWith(output, error, StringComparison.Ordinal);
        Assert.All(policy.StatementKeys, key => Assert.Contains(key.Id, output, StringComparison.Ordinal));
        Assert.Contains(policy.Log.Origin, output, StringComparison.Ordinal);
        var (_, json, _) = await LaceAsync("policy", "show", Policy, "--json");
        Assert.Equal(4, JsonDocument.Parse(json).RootElement.GetProperty("keys").GetArrayLength());
        File.WriteAllText(Policy, "{}");
        Assert.Equal(ExitCode.Incomplete, (await LaceAsync("policy", "show", Policy)).Code);
    }

    [Fact]
    public async Task Explain_prints_every_check()
    {
        var (code, output, _) = await LaceAsync("verify", "--offline", "--explain");
        Assert.Equal(ExitCode.Ok, code);
        Assert.All(BundleChecks.Table, row => Assert.Contains(row.Meaning, output, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(ExitCode.Incomplete, "verify --offline none.json")]
    [InlineData(ExitCode.Usage, "verify --offline")]
    [InlineData(ExitCode.Usage, "verify --offline a --id run-x")]
    [InlineData(ExitCode.Usage, "verify --id run-x --policy p")]
    [InlineData(ExitCode.Usage, "verify --offline a --wait 3")]
    [InlineData(ExitCode.NotFound, "bundle --id run-20261120-134501-zzzzzz")]
    public async Task Wrong_use_says_so(int expected, string line)
    {
        var (code, output, error) = await LaceAsync(line.Split(' '));
        Assert.Equal((expected, ""), (code, output));
        Assert.Single(error.TrimEnd('\n').Split('\n'));
    }

    private async Task AssertFlippedBytesFailAsync()
    {
        var bytes = File.ReadAllBytes(Bundle);
        var random = new Random(7);
        for (var i = 0; i < 20; i++)
        {
            var changed = bytes.ToArray();
            changed[random.Next(changed.Length)] ^= 1;
            File.WriteAllBytes(Bundle, changed);
            var (code, output, _) = await LaceAsync(
                "verify",
                "--offline",
                Bundle,
                "--policy",
                Policy,
                "--run-log",
                RunLog
            );
            Assert.Equal(ExitCode.EvidenceFailed, code);
            Assert.StartsWith("FAILED: ", output, StringComparison.Ordinal);
        }

        File.WriteAllBytes(Bundle, new byte[EvidenceBundle.MaxBytes * 3]);
        Assert.Equal(ExitCode.EvidenceFailed, (await LaceAsync("verify", "--offline", Bundle)).Code);
    }

    private static void AssertSigstore(string sigstore)
    {
        foreach (var kind in BundleChecks.Kinds.Take(EvidenceBundle.RunStatements))
        {
            var path = Path.Combine(sigstore, kind);
            Assert.NotNull(SigstoreBundle.TryParse(File.ReadAllBytes(path + ".sigstore.json"), out _));
            Assert.NotNull(Lace.Evidence.Statements.HybridFile.TryParse(File.ReadAllBytes(path + ".hyb")));
            Assert.True(TlogProof.TryParse(File.ReadAllBytes(path + ".tlog-proof"), out _));
        }
    }

    private async Task<(int Code, CheckStatus Root)> RootAsync(CliFixture cli, string path, string? salt = null)
    {
        var output = new StringWriter();
        var options = new OfflineOptions(Bundle, Policy, null, [path], salt, null, Json: true, Quiet: true);
        var code = await new OfflineVerification(cli.Host with { Output = output }, options).RunAsync(
            false,
            TestContext.Current.CancellationToken
        );
        var found = JsonSerializer.Deserialize(output.ToString(), BundleFindingsJson.Default.BundleFindings)!;
        return (code, found.Checks.Single(check => check.Name == BundleChecks.DatasetRoot).Status);
    }

    private async Task<string> FetchPolicyAsync()
    {
        var (code, output, error) = await LaceAsync(
            "policy",
            "fetch",
            "--server",
            host.Anonymous.BaseAddress!.ToString()
        );
        Assert.True(code == ExitCode.Ok, error);
        File.WriteAllText(Policy, output);
        return error;
    }

    private async Task<(int Code, string Output, string Error)> LaceAsync(params string[] args)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        string[] all = args.Contains("--base-url")
            ? args
            : [.. args, "--base-url", host.Anonymous.BaseAddress!.ToString()];
        var configuration = new InvocationConfiguration { Output = output, Error = error };
        var code = await Lace.Cli.Program.RunAsync(all, configuration);
        return (code, output.ToString(), error.ToString());
    }
}
