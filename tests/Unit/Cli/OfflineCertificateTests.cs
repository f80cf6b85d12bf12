using System.CommandLine;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Lace.Cli;
using Lace.Evidence.Bundles;
using Lace.Evidence.Certificates;
using Lace.Evidence.Transparency;
using Lace.Tests.Evidence.Bundles;
using Lace.Tests.Evidence.Certificates;

namespace Lace.Tests.Cli;

/// <summary><c>lace verify --offline</c> of a DP certificate.</summary>
public sealed class OfflineCertificateTests : IDisposable
{
    private static readonly byte[] Content = Encoding.UTF8.GetBytes("the tensors of a model");

    private readonly string folder = Directory.CreateTempSubdirectory("lace-certificate-").FullName;
    private readonly MadeBundle made = new();
    private readonly string certificate;
    private readonly string policy;
    private readonly string artifact;

    public OfflineCertificateTests()
    {
        var about = CertificateVerificationTests.True;
        var statement = CertificateStatement.Create(
            about with
            {
                Artifact = about.Artifact with
                {
                    Sha256 = new MerkleHash(SHA256.HashData(Content)),
                    Bytes = Content.Length,
                },
            }
        );
        certificate = Write("art.dp-certificate.json", made.Certificate(statement).Write());
        policy = Write("policy.json", made.Policy.Write());
        artifact = Write("art.safetensors", Content);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task A_certificate_with_its_artifact_and_a_policy_is_verified()
    {
        var (code, output, error) = await LaceAsync("--policy", policy, "--artifact", artifact);
        Assert.Equal((ExitCode.Ok, ""), (code, error));
        Assert.StartsWith("ε ≤ ", output, StringComparison.Ordinal);
        Assert.Contains("every required check passed", output, StringComparison.Ordinal);
        Assert.Contains("sampling: enforced by the worker", output, StringComparison.Ordinal);
        Assert.Contains("[passed]      statement.dp-certificate.* ", output, StringComparison.Ordinal);
        Assert.Contains("[passed]      artifact.content", output, StringComparison.Ordinal);
        Assert.Contains("[not checked] log.witnesses", output, StringComparison.Ordinal);
        Assert.Contains("Does not show", output, StringComparison.Ordinal);

        (code, output, _) = await LaceAsync("--policy", policy, "--json");
        var found = JsonSerializer.Deserialize(output, CertificateFindingsJson.Default.CertificateFindings)!;
        Assert.Equal((ExitCode.Ok, BundleOutcome.Passed, 1108), (code, found.Outcome, found.Guarantee!.Steps));
        using var json = JsonDocument.Parse(output);
        Assert.Equal("enforced_by_worker", json.RootElement.GetProperty("sampling").GetString());
        Assert.Equal("passed", json.RootElement.GetProperty("outcome").GetString());
    }

    [Fact]
    public async Task Another_artifact_another_policy_and_none_have_their_exit_codes()
    {
        var other = Write("other.safetensors", [1, 2, 3]);
        var (code, output, _) = await LaceAsync("--policy", policy, "--artifact", other);
        Assert.Equal(ExitCode.EvidenceFailed, code);
        Assert.StartsWith("FAILED: artifact.content", output, StringComparison.Ordinal);
        var stranger = Write("stranger.json", new MadeBundle().Policy.Write());
        Assert.Equal(ExitCode.EvidenceFailed, (await LaceAsync("--policy", stranger)).Code);
        (code, output, _) = await LaceAsync();
        Assert.Equal(ExitCode.EvidenceNotChecked, code);
        Assert.StartsWith("NOT CHECKED: statement.dp-certificate.p256", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--run-log")]
    [InlineData("--dataset")]
    [InlineData("--salt")]
    public async Task What_goes_with_a_bundle_is_refused(string option)
    {
        var (code, output, error) = await LaceAsync("--policy", policy, option, artifact);
        Assert.Equal((ExitCode.Usage, ""), (code, output));
        Assert.Contains("go with a bundle", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_artifact_is_refused_with_a_bundle_and_without_offline()
    {
        var bundle = Write("bundle.json", made.Make().Write());
        Assert.Equal(ExitCode.Usage, (await RunAsync("verify", "--offline", bundle, "--artifact", artifact)).Code);
        Assert.Equal(ExitCode.Usage, (await RunAsync("verify", "--id", "run-x", "--artifact", artifact)).Code);
        Assert.Equal(ExitCode.Incomplete, (await LaceAsync("--artifact", artifact + ".missing")).Code);
    }

    [Fact]
    public async Task Explain_prints_every_check_of_a_certificate()
    {
        var (code, output, _) = await RunAsync("verify", "--offline", "--explain");
        Assert.Equal(ExitCode.Ok, code);
        Assert.All(
            CertificateChecks.Table,
            row => Assert.Contains($"{row.Id.PadRight(42)}{row.Meaning}", output, StringComparison.Ordinal)
        );
    }

    private Task<(int Code, string Output, string Error)> LaceAsync(params string[] args) =>
        RunAsync(["verify", "--offline", certificate, .. args]);

    private static async Task<(int Code, string Output, string Error)> RunAsync(params string[] args)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        var code = await Lace.Cli.Program.RunAsync(
            args,
            new InvocationConfiguration { Output = output, Error = error }
        );
        return (code, output.ToString(), error.ToString());
    }

    private string Write(string name, byte[] content)
    {
        var path = Path.Combine(folder, name);
        File.WriteAllBytes(path, content);
        return path;
    }
}
