using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Lace.Cli;
using Lace.Cli.Serve;

namespace Lace.Tests.Functions;

/// <summary><c>lace serve</c> with the real host as a child process.</summary>
public sealed class ServeCommandTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("lace-serve-").FullName;

    public ServeCommandTests() =>
        Environment.SetEnvironmentVariable("LACE_HOST", Path.Combine(AppContext.BaseDirectory, "Lace.Functions.dll"));

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task Says_where_it_listens_works_with_the_key_it_shows_and_stops_in_order()
    {
        using var stop = new CancellationTokenSource();
        var output = new LineWriter();
        var running = RunAsync(output, TextWriter.Null, stop.Token, "--json");
        var ready = JsonDocument.Parse(await output.FirstLine).RootElement;
        using var client = new HttpClient { BaseAddress = new Uri(ready.GetProperty("address").GetString()!) };
        client.DefaultRequestHeaders.Add("X-Api-Key", ready.GetProperty("api_key").GetString());
        await client.GetAsync("/v1/attestations").JsonAsync(HttpStatusCode.OK);

        await stop.CancelAsync();
        Assert.Equal(0, await running);
        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync("/health"));
    }

    [Fact]
    public async Task Ends_with_the_hosts_exit_code_where_the_port_is_taken()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        var output = new StringWriter();
        Assert.Equal(78, await RunAsync(output, TextWriter.Null, CancellationToken.None, "--port", $"{port}"));
        Assert.Empty(output.ToString());
    }

    [Theory]
    [InlineData("65536")]
    [InlineData("-1")]
    [InlineData("http")]
    public async Task Refuses_a_port_that_is_none(string port)
    {
        var error = new StringWriter();
        Assert.Equal(1, await RunAsync(TextWriter.Null, error, CancellationToken.None, "--port", port));
        Assert.NotEmpty(error.ToString());
    }

    [Fact]
    public void Says_where_it_looked_for_the_host()
    {
        Environment.SetEnvironmentVariable("LACE_HOST", Path.Combine(folder, "nothing.dll"));
        var failure = Assert.Throws<CliException>(HostProgram.Find);
        Assert.Contains("nothing.dll", failure.Message, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Unavailable, failure.ExitCode);
    }

    [Fact]
    public void Welcomes_a_person_with_the_key_on_the_first_start_only()
    {
        const string Key = "lace_prod_sk_x";
        var first = HostReady.Parse($$"""{"address":"http://a:1","data":"/d","api_key":"{{Key}}"}""")!;
        Assert.Contains($"export LACE_API_KEY={Key}", first.Welcome("/h.dll"), StringComparison.Ordinal);
        Assert.Contains("export LACE_BASE_URL=http://a:1", first.Welcome("/h.dll"), StringComparison.Ordinal);
        var later = HostReady.Parse("""{"address":"http://a:1","data":"/d"}""")!;
        Assert.DoesNotContain("LACE_API_KEY", later.Welcome("/h.dll"), StringComparison.Ordinal);
        Assert.Contains("dotnet '/h.dll' keys create --data '/d'", later.Welcome("/h.dll"), StringComparison.Ordinal);
        Assert.Null(HostReady.Parse(null));
        Assert.Null(HostReady.Parse("{}"));
        Assert.Null(HostReady.Parse("[]"));
    }

    private Task<int> RunAsync(TextWriter output, TextWriter error, CancellationToken stop, params string[] arguments)
    {
        string[] all = arguments.Contains("--port") ? arguments : ["--port", "0", .. arguments];
        var console = new InvocationConfiguration { Output = output, Error = error };
        var root = new RootCommand { ServeCommand.Create(), CommonOptions.Json };
        return root.Parse(["serve", .. all, "--data", Path.Combine(folder, "data")]).InvokeAsync(console, stop);
    }

    /// <summary>Tells when a first line was written.</summary>
    private sealed class LineWriter : StringWriter
    {
        private readonly TaskCompletionSource<string> first = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<string> FirstLine => first.Task;

        public override Task FlushAsync(CancellationToken cancellationToken)
        {
            first.TrySetResult(ToString());
            return Task.CompletedTask;
        }
    }
}
