using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Lace.Functions;
using Lace.Functions.Hosting;
using Microsoft.Extensions.Configuration;

namespace Lace.Tests.Functions;

public sealed class HostTests(LaceAppFixture fixture) : IClassFixture<LaceAppFixture>
{
    private static readonly Function[] Known = [new("a", _ => { }, _ => { }), new("b", _ => { }, _ => { })];

    private readonly LaceApp app = fixture.App;

    [Theory]
    [InlineData("/health", "status", "ok")]
    [InlineData("/healthz", "status", "ok")]
    [InlineData("/readyz", "status", "ready")]
    [InlineData("/version", "name", "lace")]
    public async Task Says_how_it_is_without_a_key(string path, string member, string value)
    {
        var answer = await app.Anonymous.GetAsync(path).JsonAsync(HttpStatusCode.OK);
        Assert.Equal(value, answer.GetProperty(member).GetString());
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/v1")]
    [InlineData("/v1/attestationsx")]
    [InlineData("/v1/attestations/a/../../../etc/passwd")]
    public async Task An_unknown_route_is_a_problem_too(string path) =>
        await app.Anonymous.GetAsync(path).ProblemAsync(404, "route_not_found");

    [Fact]
    public async Task A_wrong_method_is_a_problem_that_names_the_right_ones()
    {
        var answer = await app.Anonymous.DeleteAsync("/v1/attestations");
        await answer.ProblemAsync(405, "method_not_allowed");
        Assert.Contains("POST", answer.Content.Headers.Allow);
    }

    [Theory]
    [InlineData(null, "a,b")]
    [InlineData("b", "b")]
    [InlineData(" b , a ", "a,b")]
    public void Maps_the_functions_that_are_named_and_all_where_none_is(string? names, string expected) =>
        Assert.Equal(expected, string.Join(',', Function.Select(Known, names).Select(function => function.Name)));

    [Theory]
    [InlineData("a,c")]
    [InlineData("A")]
    [InlineData("")]
    [InlineData(",")]
    public void Refuses_to_start_with_a_function_that_is_none(string names) =>
        Assert.Throws<SettingException>(() => Function.Select(Known, names));

    [Fact]
    public void Options_go_before_environment_and_a_foreign_variable_is_no_option()
    {
        var environment = new ConfigurationBuilder()
            .AddInMemoryCollection(
                new Dictionary<string, string?>
                {
                    ["LACE_DATA"] = "/from/environment",
                    ["DATA"] = "/from/elsewhere",
                    ["ATTACHED"] = "true",
                    ["LACE_FUNCTIONS"] = "attest",
                }
            )
            .Build();
        Assert.Equal(
            new HostSettings("/from/environment", HostSettings.DefaultUrls, "attest", false),
            HostSettings.Read([], environment)
        );
        Assert.Equal("/given", HostSettings.Read(["--data", "/given"], environment).DataFolder);
        Assert.Throws<SettingException>(() => HostSettings.Read(["--dta", "/given"], environment));
    }

    [Fact]
    public async Task Only_the_first_start_on_a_folder_makes_a_tenant_and_shows_its_key()
    {
        await using var own = await LaceApp.StartAsync();
        var first = await own.AnnounceAsync();
        using var client = own.Client(first.GetProperty("api_key").GetString()!);
        await client.BeginAsync();
        await own.RestartAsync();
        var second = await own.AnnounceAsync();

        Assert.Equal("ready", second.GetProperty("event").GetString());
        Assert.Equal(own.Folder, second.GetProperty("data").GetString());
        Assert.Equal(own.Address, new Uri(second.GetProperty("address").GetString()!));
        Assert.False(second.TryGetProperty("api_key", out _));
    }

    [Fact]
    public async Task An_occupied_port_and_an_impossible_folder_are_said_in_one_line()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var folder = Directory.CreateTempSubdirectory("lace-host-").FullName;
        var file = Path.Combine(folder, "a-file");
        await File.WriteAllTextAsync(file, "");

        Assert.Equal(
            StartFailure.ExitCode,
            await Program.Main(["--data", folder, "--urls", $"http://{listener.LocalEndpoint}"])
        );
        Assert.Equal(StartFailure.ExitCode, await Program.Main(["--data", file]));
        Assert.Equal(StartFailure.ExitCode, await Program.Main(["--data", folder, "--prot", "80"]));
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Every_line_of_the_log_is_a_json_object_with_time_level_and_event()
    {
        await app.Anonymous.GetAsync("/health");
        foreach (var line in app.Log.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var entry = JsonDocument.Parse(line).RootElement;
            Assert.True(entry.GetProperty("timestamp").TryGetDateTimeOffset(out _));
            Assert.NotEmpty(entry.GetProperty("level").GetString()!);
            Assert.NotEmpty(entry.GetProperty("event").GetString()!);
        }
    }

    /// <summary>Clients are generated from this document, so a change of it is to be seen in a change of the repository.</summary>
    [Fact]
    public async Task The_committed_api_document_is_the_one_served()
    {
        var path = Path.Combine(SharedFolder.RepositoryRoot, "docs", "openapi.json");
        var served = await app.Anonymous.GetStringAsync("/openapi/v1.json") + "\n";
        if (Environment.GetEnvironmentVariable("LACE_UPDATE") == "1")
        {
            await File.WriteAllTextAsync(path, served);
        }

        Assert.True(
            await File.ReadAllTextAsync(path) == served,
            "docs/openapi.json is another one: run this test with LACE_UPDATE=1 and commit what changed."
        );
    }
}
