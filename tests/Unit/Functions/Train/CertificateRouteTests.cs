using System.CommandLine;
using System.Net;
using System.Text.Json;
using Lace.Cli;
using Lace.Evidence.Bundles;
using Lace.Evidence.Certificates;
using Lace.Evidence.Statements;
using Lace.Evidence.Transparency;
using Lace.Records.Training;
using Lace.Tests.Evidence.Certificates;

namespace Lace.Tests.Functions.Train;

/// <summary>Certificates that the service signed and logged, given to their owner and verified from files alone.</summary>
public sealed class CertificateRouteTests(TrainAppFixture fixture) : IClassFixture<TrainAppFixture>, IDisposable
{
    private readonly LaceApp app = fixture.App;
    private readonly string folder = Directory.CreateTempSubdirectory("lace-certificates-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task What_the_service_gives_out_is_verified_offline_with_its_policy_and_the_downloaded_artifact()
    {
        var tenant = await TrainTenant.CreateAsync(app);
        var id = await MakeAsync(tenant, [1, 2, 3]);
        var other = await MakeAsync(tenant, [4]);
        var certificate = await SaveAsync("art.dp-certificate.json", tenant.Client, $"/v1/artifacts/{id}/certificate");
        var artifact = await SaveAsync("art.safetensors", tenant.Client, $"/v1/artifacts/{id}/content");
        var another = await SaveAsync("other.safetensors", tenant.Client, $"/v1/artifacts/{other}/content");
        var policy = await SaveAsync("policy.json", app.Anonymous, "/v1/log/policy.json");

        var (code, output) = await VerifyAsync(certificate, policy, artifact);
        var found = JsonSerializer.Deserialize(output, CertificateFindingsJson.Default.CertificateFindings)!;
        Assert.True(code == ExitCode.Ok, output);
        Assert.Equal((BundleOutcome.Passed, id), (found.Outcome, found.ArtifactId));
        Assert.Equal(ExitCode.EvidenceFailed, (await VerifyAsync(certificate, policy, another)).Code);
    }

    [Fact]
    public async Task It_is_for_the_artifact_s_owner_alone()
    {
        var tenant = await TrainTenant.CreateAsync(app);
        var id = await MakeAsync(tenant, [1]);
        var stranger = await TrainTenant.CreateAsync(app);
        await stranger.Client.GetAsync($"/v1/artifacts/{id}/certificate").TrainProblemAsync(404, "ARTIFACT_NOT_FOUND");
        var anonymous = await app.Anonymous.GetAsync($"/v1/artifacts/{id}/certificate");
        Assert.Equal(HttpStatusCode.Unauthorized, anonymous.StatusCode);
    }

    private async Task<string> MakeAsync(TrainTenant tenant, byte[] content) =>
        (
            await MadeArtifact.CreateAsync(
                app,
                tenant.Id,
                await tenant.Client.NewTrainingAsync(),
                content,
                certificate: Certify
            )
        ).Id;

    private static Statement Certify(string id, SealedBlob blob)
    {
        Assert.True(MerkleHash.TryParse(blob.Sha256, out var hash));
        var certificate = CertificateVerificationTests.True;
        return CertificateStatement.Create(
            certificate with
            {
                Artifact = certificate.Artifact with { Id = id, Sha256 = hash, Bytes = blob.Bytes },
                IssuedAt = TimeProvider.System.GetUtcNow(),
            }
        );
    }

    private async Task<string> SaveAsync(string name, HttpClient client, string from)
    {
        var answer = await client.GetAsync(from);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        var path = Path.Combine(folder, name);
        await File.WriteAllBytesAsync(path, await answer.Content.ReadAsByteArrayAsync());
        return path;
    }

    private static async Task<(int Code, string Output)> VerifyAsync(string file, string policy, string artifact)
    {
        var output = new StringWriter();
        var code = await Lace.Cli.Program.RunAsync(
            ["verify", "--offline", file, "--policy", policy, "--artifact", artifact, "--json"],
            new InvocationConfiguration { Output = output, Error = output }
        );
        return (code, output.ToString());
    }
}
