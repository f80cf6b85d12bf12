using System.CommandLine;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Lace.Evidence.Audit;
using Lace.Evidence.Bundles;
using Lace.Evidence.Statements;
using Lace.Evidence.Verification;
using Lace.Functions.Audit;
using Lace.Records.Notary;
using Lace.Records.TransparencyLog;
using Microsoft.Extensions.DependencyInjection;

namespace Lace.Tests.Functions.Audit;

/// <summary>Signed heads from the real application and its log, and what they show of a file: through the library and through <c>lace audit</c>.</summary>
public sealed class SignedHeadTests : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("lace-audit-").FullName;
    private LaceApp app = null!;
    private HttpClient client = null!;
    private LacePolicy policy = null!;
    private SignedAuditHead head = null!;
    private string[] lines = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>A chain of four entries, the first three of them under a signed head.</summary>
    public async ValueTask InitializeAsync()
    {
        app = await LaceApp.StartAsync();
        client = await app.NewTenantAsync();
        await client.GetAsync("/v1/audit_logs/head", Cancel).ProblemAsync(404, "not_found");
        await AttestAsync();
        await AttestAsync();
        head = await SignAsync();
        await AttestAsync();
        lines = (await client.GetStringAsync("/v1/audit_logs?format=jsonl", Cancel)).Split('\n')[..^1];
        policy = await PolicyAsync();
    }

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        await app.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void A_file_that_goes_on_behind_the_head_passes_every_check()
    {
        var found = Verify(lines);
        Assert.Equal((4, false, false), (found.Chain.Entries, found.Failed, found.Unchecked));
        Assert.Equal([BundleChecks.Witnesses], found.Checks.Where(check => !check.Passed).Select(check => check.Name));
    }

    [Fact]
    public void Entries_cut_off_below_the_head_are_seen()
    {
        var found = Verify(lines[..2]);
        Assert.True(found.Failed);
        var failed = Assert.Single(found.Checks, check => check.Status == CheckStatus.Failed);
        Assert.Equal(AuditFileVerification.HeadCheck, failed.Name);
        Assert.StartsWith("cut_short", failed.Detail, StringComparison.Ordinal);
        Assert.False(Verify(lines[..3]).Failed);
    }

    [Fact]
    public async Task A_chain_made_anew_is_seen()
    {
        using var other = await app.NewTenantAsync();
        var file = await other.GetStringAsync("/v1/audit_logs?format=jsonl", Cancel);
        var found = Verify(file.Split('\n')[..^1]);
        Assert.Equal(CheckStatus.Failed, Status(found, AuditFileVerification.HeadCheck));

        var anew = Evidence.Audit.MadeUpChain.Lines(5).Select(Encoding.UTF8.GetString).ToArray();
        found = Verify(anew);
        Assert.Equal(CheckStatus.Passed, Status(found, AuditFileVerification.ChainCheck));
        Assert.Equal(CheckStatus.Failed, Status(found, AuditFileVerification.HeadCheck));
    }

    [Fact]
    public void Without_a_policy_nothing_signed_is_believed()
    {
        var found = Verify(lines, policy: null, trusting: false);
        Assert.Equal((false, true), (found.Failed, found.Unchecked));
        Assert.Equal(CheckStatus.NotChecked, Status(found, "statement.audit-head.p256"));
    }

    [Fact]
    public async Task The_keys_of_another_server_do_not_count()
    {
        await using var other = await LaceApp.StartAsync();
        var found = Verify(lines, await PolicyAsync(other));
        Assert.True(found.Failed);
        Assert.Equal(CheckStatus.Failed, Status(found, "statement.audit-head.hybrid"));
        Assert.Equal(CheckStatus.Failed, Status(found, BundleChecks.Checkpoint));
    }

    [Theory]
    [InlineData("payload", "statement.audit-head.format")]
    [InlineData("p256.signature", "statement.audit-head.p256")]
    [InlineData("hybrid.signature", "statement.audit-head.hybrid")]
    [InlineData("p256.log.index", "statement.audit-head.p256_logged")]
    [InlineData("hybrid.log.index", "statement.audit-head.hybrid_logged")]
    public void A_changed_member_of_the_head_fails_its_check(string member, string check)
    {
        var file = JsonNode.Parse(head.Write())!;
        var at = file["statement"]!;
        var names = member.Split('.');
        foreach (var name in names[..^1])
        {
            at = at[name]!;
        }

        at[names[^1]] =
            at[names[^1]]!.GetValueKind() == JsonValueKind.Number
                ? at[names[^1]]!.GetValue<long>() ^ 1
                : Flipped(at[names[^1]]!.GetValue<string>());
        var changed = SignedAuditHead.Parse(Encoding.UTF8.GetBytes(file.ToJsonString()), out var reason);
        Assert.Null(reason);
        var found = AuditFileVerification.Verify(File(lines), changed!, policy, Cancel);
        Assert.True(found.Failed);
        Assert.Equal(CheckStatus.Failed, Status(found, check));
    }

    [Fact]
    public async Task A_chain_that_did_not_grow_is_not_signed_again()
    {
        var heads = app.Services.GetRequiredService<AuditHeads>();
        await heads.SignGrownAsync(Cancel);
        Assert.Equal(0, await heads.SignGrownAsync(Cancel));
        await AttestAsync();
        Assert.Equal(1, await heads.SignGrownAsync(Cancel));
    }

    [Fact]
    public async Task The_command_prints_checks_and_exits_by_them()
    {
        var (chain, signed, trusted) = (Write("a.jsonl", lines), Write("head.json"), Write("policy.json"));
        await System.IO.File.WriteAllBytesAsync(signed, head.Write(), Cancel);
        await System.IO.File.WriteAllBytesAsync(trusted, policy.Write(), Cancel);

        var (code, output, _) = await LaceAsync("verify", chain);
        Assert.Equal(0, code);
        Assert.Contains("[not checked] audit.head", output, StringComparison.Ordinal);
        var noted = output.TrimEnd().Split('\n')[^1]["head ".Length..];
        Assert.Equal(0, (await LaceAsync("verify", chain, "--head", noted)).Code);
        Assert.Equal(20, (await LaceAsync("verify", Write("b.jsonl", lines[..3]), "--head", noted)).Code);

        Assert.Equal(0, (await LaceAsync("verify", chain, "--bundle", signed, "--policy", trusted)).Code);
        Assert.Equal(21, (await LaceAsync("verify", chain, "--bundle", signed)).Code);
        (code, output, _) = await LaceAsync(
            "verify",
            Write("c.jsonl", lines[..2]),
            "--bundle",
            signed,
            "--policy",
            trusted,
            "--json"
        );
        Assert.Equal(20, code);
        var result = JsonElement.Parse(output);
        Assert.Equal("failed", result.GetProperty("outcome").GetString());
        Assert.Equal("cut_short", result.GetProperty("fault").GetProperty("id").GetString());
        Assert.Equal(3, result.GetProperty("fault").GetProperty("line").GetInt64());

        (code, output, _) = await LaceAsync("verify", Write("d.jsonl", lines[0], lines[2]));
        Assert.Equal(20, code);
        Assert.StartsWith("FAILED: ", output, StringComparison.Ordinal);
        Assert.Contains("sequence in line 2.", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("verify nowhere.jsonl", 3)]
    [InlineData("verify x --head 1", 2)]
    [InlineData("verify x --policy y", 2)]
    [InlineData(
        "verify x --head 0:sha256:0000000000000000000000000000000000000000000000000000000000000000 --bundle y",
        2
    )]
    [InlineData("verify", 2)]
    public async Task Wrong_usage_and_missing_files_are_one_line(string line, int exitCode)
    {
        var (code, output, error) = await LaceAsync(line.Split(' '));
        Assert.Equal((exitCode, ""), (code, output));
        Assert.Single(error.TrimEnd('\n').Split('\n'));
    }

    [Fact]
    public async Task A_head_file_that_is_none_is_told_so()
    {
        var other = Write("other.json", "{}");
        var (code, _, error) = await LaceAsync("verify", Write("a.jsonl", lines), "--bundle", other);
        Assert.Equal(3, code);
        Assert.StartsWith($"lace: {other} is not what it should be", error, StringComparison.Ordinal);
    }

    private AuditFindings Verify(string[] file, LacePolicy? policy = null, bool trusting = true) =>
        AuditFileVerification.Verify(File(file), head, trusting ? policy ?? this.policy : null, Cancel);

    private static MemoryStream File(IEnumerable<string> lines) =>
        new(Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line + "\n"))));

    private static CheckStatus Status(AuditFindings found, string check) =>
        found.Checks.Single(one => one.Name == check).Status;

    private static string Flipped(string base64)
    {
        var bytes = Convert.FromBase64String(base64);
        bytes[^1] ^= 1;
        return Convert.ToBase64String(bytes);
    }

    private async Task AttestAsync() =>
        await client.PostJsonAsync("/v1/attestations", TestDataset.Create).JsonAsync(HttpStatusCode.Created);

    /// <summary>Signs what grew and waits until the log has it.</summary>
    private async Task<SignedAuditHead> SignAsync()
    {
        await app.Services.GetRequiredService<AuditHeads>().SignGrownAsync(Cancel);
        SignedAuditHead? shown = null;
        await Until.HoldsAsync(
            async () =>
            {
                using var answer = await client.GetAsync("/v1/audit_logs/head", Cancel);
                shown = answer.IsSuccessStatusCode
                    ? SignedAuditHead.Parse(await answer.Content.ReadAsByteArrayAsync(Cancel), out _)!
                    : null;
                return answer.IsSuccessStatusCode;
            },
            "the head, in the log"
        );
        return shown!;
    }

    private async Task<LacePolicy> PolicyAsync(LaceApp? of = null)
    {
        var services = (of ?? app).Services;
        var log = services.GetRequiredService<LogKeys>();
        return new LacePolicy(
            await services.GetRequiredService<StatementKeys>().ListAsync(Cancel),
            [StatementAlgorithm.P256, StatementAlgorithm.Hybrid],
            new TrustedLog(log.Origin, log.Verifiers),
            TrustedWitnesses.None
        );
    }

    private string Write(string name, params string[] content)
    {
        var path = Path.Combine(folder, name);
        System.IO.File.WriteAllText(path, string.Concat(content.Select(line => line + "\n")));
        return path;
    }

    private static async Task<(int Code, string Output, string Error)> LaceAsync(params string[] args)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        var configuration = new InvocationConfiguration { Output = output, Error = error };
        var code = await Lace.Cli.Program.RunAsync(["audit", .. args], configuration);
        return (code, output.ToString(), error.ToString());
    }
}
