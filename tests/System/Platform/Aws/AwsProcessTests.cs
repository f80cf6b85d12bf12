using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Lace.SystemTests.Platform.Aws;

/// <summary>The programs by themselves, told by their environment that they run on AWS.</summary>
public sealed class AwsProcessTests(MotoFixture moto)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_host_and_its_verb_share_what_is_stored_on_aws()
    {
        await using var world = await AwsWorld.CreateAsync(moto);
        using var host = Start(
            "Lace.Functions.dll",
            world.Environment,
            "--urls",
            "http://127.0.0.1:0",
            "--attached",
            "true"
        );
        var ready = JsonDocument.Parse((await host.StandardOutput.ReadLineAsync(Cancel))!).RootElement;
        var key = ready.GetProperty("api_key").GetString()!;
        using var client = new HttpClient { BaseAddress = new Uri(ready.GetProperty("address").GetString()!) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        Assert.Equal(
            HttpStatusCode.OK,
            (await client.GetAsync(new Uri("/readyz", UriKind.Relative), Cancel)).StatusCode
        );
        Assert.Equal(
            HttpStatusCode.OK,
            (await client.GetAsync(new Uri("/v1/attestations", UriKind.Relative), Cancel)).StatusCode
        );

        var (code, listed, _) = await RunAsync("Lace.Functions.dll", world.Environment, "keys", "list");
        Assert.Equal(0, code);
        Assert.Contains(key[^4..], listed, StringComparison.Ordinal);
        host.StandardInput.Close();
        await host.WaitForExitAsync(Cancel);
        Assert.Equal(0, host.ExitCode);
    }

    [Theory]
    [InlineData("Lace.Functions.dll", "LACE_TABLE", null)]
    [InlineData("Lace.Functions.dll", "LACE_PLATFORM", "azure")]
    [InlineData("Lace.Worker.dll --tenant acme --client tc-20261129-101112-x7k2p9", "LACE_BUCKET", null)]
    public async Task A_start_with_half_the_settings_is_refused_in_one_line(
        string program,
        string variable,
        string? value
    )
    {
        var environment = new Dictionary<string, string?>
        {
            ["LACE_PLATFORM"] = "aws",
            ["AWS_REGION"] = "eu-west-1",
            ["LACE_TABLE"] = "table",
            ["LACE_BUCKET"] = "bucket",
            ["LACE_KEY_ALIAS"] = "alias/lace-dev",
            [variable] = value,
        };
        var words = program.Split(' ');
        var (code, _, error) = await RunAsync(words[0], environment, words[1..]);
        Assert.Equal(78, code);
        Assert.Contains(variable, Assert.Single(error.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    private static Process Start(
        string program,
        IEnumerable<KeyValuePair<string, string?>> environment,
        params string[] arguments
    )
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, program), .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(
        string program,
        IEnumerable<KeyValuePair<string, string?>> environment,
        params string[] arguments
    )
    {
        using var process = Start(program, environment, arguments);
        var error = process.StandardError.ReadToEndAsync(Cancel);
        var output = await process.StandardOutput.ReadToEndAsync(Cancel);
        await process.WaitForExitAsync(Cancel);
        return (process.ExitCode, output, await error);
    }
}
