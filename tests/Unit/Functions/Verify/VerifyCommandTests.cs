using System.CommandLine;
using System.Text.Json;
using Lace.Evidence.Trajectories;
using Lace.Evidence.Verification;

namespace Lace.Tests.Functions.Verify;

/// <summary><c>lace verify</c> against the real application.</summary>
public sealed class VerifyCommandTests : IAsyncLifetime
{
    private RunHost host = null!;

    public async ValueTask InitializeAsync() => host = await RunHost.StartAsync();

    public ValueTask DisposeAsync() => host.DisposeAsync();

    [Theory]
    [InlineData("r05_true_finetune", 0, "CONSISTENT")]
    [InlineData("r29_decoy_other_domain", 12, "INCONSISTENT")]
    [InlineData("r42_partial_swap_block", 13, "PARTLY_CONSISTENT")]
    public async Task Exits_by_the_verdict_and_prints_every_check(string file, int exitCode, string verdict)
    {
        var recorded = RunFile.Parse(File.ReadAllBytes(SharedFolder.Path("runs", file + ".json")));
        var run = await host.NewRunAsync(await host.AttestAsync(recorded.Records));
        await host.TrainAsync(run, recorded.Points);

        var (code, output, error) = await LaceAsync("verify", "--id", RunHost.Id(run));
        Assert.Equal((exitCode, ""), (code, error));
        Assert.StartsWith(verdict + ": ", output, StringComparison.Ordinal);
        var result = await host.VerifyAsync(RunHost.Id(run));
        Assert.All(result.Checks, check => Assert.Contains(check.Name, output, StringComparison.Ordinal));
        Assert.All(result.DoesNotShow, line => Assert.Contains(line, output, StringComparison.Ordinal));
        Assert.Contains("rotations of the declared order", output, StringComparison.Ordinal);
        Assert.Contains("[not checked] hardware", output, StringComparison.Ordinal);
        Assert.DoesNotContain('\e', output); // no colours where the output is no terminal
        foreach (var span in result.Undeclared.Steps)
        {
            Assert.Contains($"{span.From}..{span.To}", output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Prints_the_answer_of_the_service_as_JSON()
    {
        var run = await host.NewRunAsync(await host.AttestAsync(VerifyRouteTests.Features(40)));
        var (code, output, _) = await LaceAsync("verify", "--id", RunHost.Id(run), "--json");
        Assert.Equal(13, code);
        var result = JsonSerializer.Deserialize(output, VerificationJson.Default.VerificationResult)!;
        Assert.Equal((RunHost.Id(run), "INCONCLUSIVE"), (result.Id, result.Verdict));
    }

    [Fact]
    public async Task Waits_for_the_end_of_the_run()
    {
        var run = await host.NewRunAsync(await host.AttestAsync(VerifyRouteTests.Features(40)));
        var waiting = LaceAsync("verify", "--id", RunHost.Id(run), "--wait", "60", "--json");
        await host.TrainAsync(run, [new LossPoint(0, 1, [new MicroBatch([1])])]);
        var (_, output, _) = await waiting;
        Assert.True(JsonSerializer.Deserialize(output, VerificationJson.Default.VerificationResult)!.Run.Finished);
    }

    [Fact]
    public async Task A_revoked_attestation_has_an_exit_code_of_its_own()
    {
        var id = await host.AttestAsync(VerifyRouteTests.Features(40));
        await host.NewRunAsync(id);
        await host.PostAsync($"/v1/attestations/{id}/revoke", """{"reason":"wrong file"}""");
        var (code, output, _) = await LaceAsync("verify", "--id", id);
        Assert.Equal(14, code);
        Assert.Contains("[FAILED]      attestation_not_revoked", output, StringComparison.Ordinal);
        Assert.Contains("wrong file", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("run-20261120-134501-zzzzzz")]
    [InlineData("../../v1/attestations")]
    public async Task What_is_not_there_is_exit_code_10(string id)
    {
        var (code, output, error) = await LaceAsync("verify", "--id", id);
        Assert.Equal((10, ""), (code, output));
        Assert.Single(error.TrimEnd('\n').Split('\n'));
    }

    [Theory]
    [InlineData("verify")]
    [InlineData("verify --id x --wait -1")]
    [InlineData("verify --id x --wait soon")]
    public async Task Wrong_usage_is_exit_code_2(string line) =>
        Assert.Equal(2, (await LaceAsync(line.Split(' '))).Code);

    private async Task<(int Code, string Output, string Error)> LaceAsync(params string[] args)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        string[] all = [.. args, "--base-url", host.Anonymous.BaseAddress!.ToString()];
        var configuration = new InvocationConfiguration { Output = output, Error = error };
        var code = await Lace.Cli.Program.RunAsync(all, configuration);
        return (code, output.ToString(), error.ToString());
    }
}
