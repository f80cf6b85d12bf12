using System.Text.Json.Nodes;
using Lace.Cdk.Iam;
using Lace.SystemTests.Outside;
using Lace.SystemTests.Platform;
using Lace.Tests;

namespace Lace.SystemTests.Cdk;

/// <summary>The templates as people make them: by the program alone, and by the <c>cdk</c> command.</summary>
public sealed class SynthTests
{
    private static readonly string Root = SharedFolder.RepositoryRoot;

    private static readonly string Program = Path.Combine(
        Root,
        "cdk",
        "bin",
        AppContext.BaseDirectory.Contains("Release", StringComparison.Ordinal) ? "Release" : "Debug",
        "net10.0",
        "Lace.Cdk.dll"
    );

    [Fact]
    public async Task The_program_alone_writes_templates_and_nothing_on_standard_error()
    {
        NodeTools.RequireNode();
        using var folder = new TemporaryFolder();

        var (code, output, error) = await NodeTools.RunAsync(
            "dotnet",
            new Dictionary<string, string>(StringComparer.Ordinal) { ["CDK_OUTDIR"] = folder["out"] },
            Program,
            "-c",
            $"functions={Functions(folder)}"
        );

        Assert.True(code == 0, error);
        Assert.Equal("", output + error);
        Assert.True(File.Exists(Path.Combine(folder["out"], "lace-dev-service.template.json")));
        Assert.True(File.Exists(Path.Combine(folder["out"], "manifest.json")));
    }

    [Fact]
    public async Task The_cdk_command_writes_the_same_templates()
    {
        NodeTools.RequireNode();
        var command = Path.Combine(Root, "tests", "Outside", "node_modules", ".bin", "cdk");
        Assert.SkipUnless(
            File.Exists(command),
            "The npm packages of tests/Outside are not installed; `./run test` installs them."
        );
        using var folder = new TemporaryFolder();
        var functions = Functions(folder);

        var (code, _, error) = await NodeTools.RunAsync(
            command,
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["CDK_DISABLE_CLI_TELEMETRY"] = "true",
                ["JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION"] = "18,20",
            },
            "synth",
            "--quiet",
            "--no-notices",
            "--no-version-reporting",
            "--no-path-metadata",
            "--no-asset-metadata",
            "--app",
            $"dotnet {Program}",
            "--output",
            folder["command"],
            "-c",
            "stage=prod",
            "-c",
            $"functions={functions}"
        );
        Assert.True(code == 0, error);

        foreach (var stack in (string[])["lace-prod-data", "lace-prod-service"])
        {
            var written = await File.ReadAllTextAsync(
                Path.Combine(folder["command"], stack + ".template.json"),
                TestContext.Current.CancellationToken
            );
            var same = JsonNode.DeepEquals(
                JsonNode.Parse(written),
                JsonNode.Parse(Deployments.Production.Texts[stack])
            );
            Assert.True(same, $"{stack} differs.");
        }
    }

    [Theory]
    [MemberData(nameof(Deployments.Names), MemberType = typeof(Deployments))]
    public async Task CloudFormation_s_linter_finds_nothing(string name)
    {
        var linter = PythonTools.Find("cfn-lint");
        using var folder = new TemporaryFolder();
        var files = new List<string>();
        foreach (var (stack, text) in Deployments.Named(name).Texts)
        {
            files.Add(folder[stack + ".template.json"]);
            await File.WriteAllTextAsync(files[^1], text, TestContext.Current.CancellationToken);
        }

        var (code, output, error) = await NodeTools.RunAsync(
            linter,
            new Dictionary<string, string>(StringComparer.Ordinal),
            ["--regions", "eu-west-1", "--", .. files]
        );

        Assert.True(code == 0, output + error);
    }

    [Fact]
    public async Task The_page_of_roles_is_what_the_templates_say()
    {
        using var folder = new TemporaryFolder();
        foreach (var (stack, text) in Deployments.Production.Texts)
        {
            await File.WriteAllTextAsync(folder[stack + ".template.json"], text, TestContext.Current.CancellationToken);
        }

        var page = Path.Combine(Root, "docs", "iam.md");
        var written = IamDocument.Write(folder.Path);
        if (Environment.GetEnvironmentVariable("LACE_UPDATE") == "1")
        {
            await File.WriteAllTextAsync(page, written, TestContext.Current.CancellationToken);
        }

        Assert.True(
            written == await File.ReadAllTextAsync(page, TestContext.Current.CancellationToken),
            "docs/iam.md is another one: run `./run synth --iam`, or this test with LACE_UPDATE=1, and commit what changed."
        );
    }

    [Theory]
    [InlineData("stage=production", "dev or prod")]
    [InlineData("functions=no/such/folder", "no/such/folder")]
    [InlineData("domain=lace.example.org", "certificateArn")]
    [InlineData("privateWorkers=perhaps", "true or false")]
    public void A_value_that_means_nothing_is_refused(string value, string reason)
    {
        var refusal = Assert.Throws<Lace.Cdk.DeploymentSettingException>(() => Deployments.Of(value));

        Assert.Contains(reason, refusal.Message, StringComparison.Ordinal);
    }

    private static string Functions(TemporaryFolder folder)
    {
        var functions = Directory.CreateDirectory(folder["functions"]).FullName;
        File.WriteAllText(Path.Combine(functions, "Lace.Functions.dll"), "no program");
        return functions;
    }
}
