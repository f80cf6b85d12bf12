using System.Net;
using System.Text;
using System.Text.Json;
using Lace.Cli;
using Lace.Cli.Attest;
using Lace.Cli.Exclusion;
using Lace.Cli.Verify;
using Lace.Evidence.Datasets;
using Lace.Evidence.Fingerprints;
using Lace.Functions.Storage;
using Lace.Functions.Verify;
using Lace.Tests.Cli;
using Lace.Tests.Evidence.Fingerprints;
using Microsoft.Extensions.DependencyInjection;

namespace Lace.Tests.Functions.Verify;

/// <summary>The real application with an owner, and the command line of that owner.</summary>
internal sealed class ExclusionWorld : IAsyncDisposable
{
    public static readonly FilterRequest Callers = new(FingerprintTier.Private, FilterAccess.Callers);

    public LaceApp App { get; private set; } = null!;

    public CliFixture Cli { get; private set; } = null!;

    public HttpClient Owner { get; private set; } = null!;

    public static async Task<ExclusionWorld> StartAsync()
    {
        var world = new ExclusionWorld { App = await LaceApp.StartAsync() };
        world.Owner = await world.App.NewTenantAsync();
        world.Cli = new CliFixture(world.App.Address.ToString()) { ["LACE_API_KEY"] = KeyOf(world.Owner) };
        await File.WriteAllBytesAsync(
            Path.Combine(world.Cli.Work, "policy.json"),
            await world.App.Anonymous.GetByteArrayAsync("/v1/log/policy.json")
        );
        return world;
    }

    public async ValueTask DisposeAsync()
    {
        Cli.Dispose();
        await App.DisposeAsync();
    }

    public static string KeyOf(HttpClient client) => client.DefaultRequestHeaders.Authorization!.Parameter!;

    public static string[] Records(int seed, int count)
    {
        var random = new Random(seed);
        return
        [
            .. Enumerable
                .Range(0, count)
                .Select(_ =>
                    Encoding.ASCII.GetString(NaiveFingerprints.Words(random, random.Next(600, 1200))).TrimEnd()
                ),
        ];
    }

    public static string Question(string id, string salt, int fingerprints) =>
        $$"""{"attestation_id":"{{id}}","salt":"{{salt}}","fingerprints":"{{FingerprintText.Encode([.. Enumerable.Range(0, fingerprints).Select(i => (ulong)i * 0x9E3779B97F4A7C15)])}}"}""";

    public async Task<CommittedFilter> FilterAsync(string id) =>
        SignedFilter.Parse(await Owner.GetByteArrayAsync($"/v1/exclusion-checks/{id}"), out _)!.Read()!.Fingerprints!;

    public async Task<string> AttestAsync(string[] records, FilterRequest? filter, string name = "data.jsonl")
    {
        Cli.Write(name, string.Concat(records.Select(record => $"{{\"text\":\"{record}\"}}\n")));
        var options = CliFixture.Options(new DatasetPart(DatasetPartKind.Field, "text"), name) with { Filter = filter };
        var code = await new AttestRun(Cli.Host, LaceConfig.Resolve(null, null, Cli.Host), options).RunAsync(default);
        Assert.True(code == ExitCode.Ok, Cli.Error.ToString());
        using var current = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Cli.Work, ".lace/current.json")));
        return current.RootElement.GetProperty("attestation_id").GetString()!;
    }

    public Task<int> CheckAsync(string id, string text, string proof) =>
        RunAsync(new CheckOptions(id, [text], "policy.json", proof, false, false, false, true));

    public Task<int> RunAsync(CheckOptions options) =>
        new CheckRun(Cli.Host, LaceConfig.Resolve(null, null, Cli.Host), options).RunAsync(default);

    public Task<int> OfflineAsync(string proof, string? text, string? policy = "policy.json") =>
        new OfflineVerification(
            Cli.Host,
            new OfflineOptions(proof, policy, null, [], null, null, false, true, text)
        ).RunAsync(false, default);
}
