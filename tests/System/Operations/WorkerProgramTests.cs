using System.Diagnostics;
using Lace.Worker.Operations;

namespace Lace.SystemTests.Operations;

/// <summary>The program itself: what it says, and what it keeps to itself.</summary>
public sealed class WorkerProgramTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Help_says_what_it_takes()
    {
        var (code, output, _) = await RunAsync("--help");
        Assert.Equal((0, WorkerSettings.Help), (code, output.TrimEnd('\n')));
    }

    [Theory]
    [InlineData("--data /nowhere-at-all --client tc-20261129-101112-x7k2p9 --tenant acme", "There is no folder")]
    [InlineData("--data . --client tc-1 --tenant acme", "--client")]
    [InlineData("--data . --client tc-20261129-101112-x7k2p9", "--tenant")]
    [InlineData("--data . --frobnicate yes", "--help")]
    [InlineData("--client tc-20261129-101112-x7k2p9", "--data")]
    public async Task What_it_cannot_start_with_is_said(string arguments, string part)
    {
        var (code, _, error) = await RunAsync(arguments.Split(' '));
        Assert.Equal(78, code);
        Assert.Contains(part, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Its_log_holds_no_request_no_result_and_no_key()
    {
        using var world = await WorkerWorld.CreateAsync();
        var client = await world.ClientAsync(WorkerWorld.Config());
        var sample = await world.AcceptAsync(
            client,
            Lace.Records.Training.OperationKind.Sample,
            "{\"prompts\":[\"a secret of mine\"],\"max_tokens\":4,\"seed\":1}"
        );
        var bad = await world.BatchAsync(client, [5, 123_456_789]);
        var log = string.Join('\n', (await world.WorkAsync(client)).Select(line => line.GetRawText()));
        await world.ResultAsync(sample);
        await world.ErrorAsync(bad);
        Assert.Contains("operation_completed", log, StringComparison.Ordinal);
        Assert.DoesNotContain("secret of mine", log, StringComparison.Ordinal);
        Assert.DoesNotContain("123456789", log, StringComparison.Ordinal);
        Assert.DoesNotContain(Convert.ToBase64String(client.NoiseKey)[..16], log, StringComparison.Ordinal);
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments)
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
        start.Environment.Remove("LACE_TENANT");
        start.Environment.Remove("LACE_DATA");
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync(Cancel);
        var output = await process.StandardOutput.ReadToEndAsync(Cancel);
        await process.WaitForExitAsync(Cancel);
        return (process.ExitCode, output, await error);
    }
}
