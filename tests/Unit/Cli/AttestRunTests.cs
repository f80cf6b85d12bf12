using System.Diagnostics;
using System.IO.Compression;
using System.Runtime.Versioning;
using System.Text;
using System.Text.Json;
using Lace.Cli;
using Lace.Cli.Attest;
using Lace.Evidence.Datasets;

namespace Lace.Tests.Cli;

[SupportedOSPlatform("linux")]
public sealed class AttestRunTests
{
    [Fact]
    public async Task Attests_and_leaves_a_receipt_and_the_current_attestation()
    {
        using var server = new AttestServerDouble();
        using var cli = new CliFixture(server.BaseUrl);
        cli.Write("data.jsonl", Lines(100));

        Assert.Equal(ExitCode.Ok, await cli.AttestAsync("data.jsonl"));

        var id = Assert.Single(server.Completed);
        Assert.Contains(id, cli.Output.ToString(), StringComparison.Ordinal);
        var path = Path.Combine(cli.StateFolder, "receipts", id + ".json");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        var receipt = JsonSerializer.Deserialize(File.ReadAllBytes(path), CliJson.Default.Receipt)!;
        Assert.Equal(32, Convert.FromBase64String(receipt.KSalt).Length);
        Assert.Equal(100, receipt.Records);
        using var current = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(cli.Work, ".lace/current.json")));
        Assert.Equal(id, current.RootElement.GetProperty("attestation_id").GetString());
        Assert.Equal(server.BaseUrl, current.RootElement.GetProperty("base_url").GetString());
        Assert.Equal(receipt.Root, current.RootElement.GetProperty("root").GetString());
        Assert.Equal(100, current.RootElement.GetProperty("records").GetInt64());
        Assert.Empty(Directory.GetFiles(cli.StateFolder, "*.json"));
    }

    [Fact]
    public async Task No_text_of_any_record_is_in_any_byte_that_is_sent()
    {
        using var server = new AttestServerDouble();
        using var cli = new CliFixture(server.BaseUrl);
        var random = new Random(1);
        string[] records =
        [
            .. Enumerable
                .Range(0, 300)
                .Select(_ =>
                    $"{{\"zqtext\":\"{Word(random)} {Word(random)}\",\"zqnote\":{random.Next(100_000_000, 999_999_999)}}}"
                ),
        ];
        cli.Write("data.jsonl", string.Join('\n', records));

        await cli.AttestAsync("data.jsonl", new DatasetPart(DatasetPartKind.Field, "zqtext"));

        const int window = 8;
        var windows = records.SelectMany(record => Windows(record, window)).ToHashSet();
        windows.ExceptWith(Windows("{\"field\":\"zqtext\"}", window));
        var sent = Encoding.Latin1.GetString(server.Received.ToArray());
        Assert.True(sent.Length > 300 * 45);
        for (var i = 0; i + window <= sent.Length; i++)
        {
            Assert.DoesNotContain(sent.Substring(i, window), windows);
        }

        // Nor in the base64 or hex that a body could hide it in.
        foreach (var record in records)
        {
            Assert.DoesNotContain(
                Convert.ToBase64String(Encoding.UTF8.GetBytes(record))[..20],
                sent,
                StringComparison.Ordinal
            );
            Assert.DoesNotContain(
                Convert.ToHexStringLower(Encoding.UTF8.GetBytes(record[12..30])),
                sent,
                StringComparison.Ordinal
            );
        }
    }

    [Fact]
    public async Task The_salt_key_stays_here()
    {
        using var server = new AttestServerDouble();
        using var cli = new CliFixture(server.BaseUrl);
        cli.Write("data.txt", "only one paragraph");
        await cli.AttestAsync("data.txt");
        var path = Directory.GetFiles(Path.Combine(cli.StateFolder, "receipts")).Single();
        var salt = JsonSerializer.Deserialize(File.ReadAllBytes(path), CliJson.Default.Receipt)!.KSalt;
        var sent = Encoding.Latin1.GetString(server.Received.ToArray());
        Assert.DoesNotContain(salt, sent, StringComparison.Ordinal);
        Assert.DoesNotContain(
            Encoding.Latin1.GetString(Convert.FromBase64String(salt)),
            sent,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Brief_trouble_is_retried()
    {
        using var server = new AttestServerDouble();
        using var cli = new CliFixture(server.BaseUrl);
        cli.Write("data.jsonl", Lines(10));
        var requests = 0;
        server.Fault = _ =>
            (++requests % 4) switch
            {
                1 => 503,
                2 => 429,
                3 => 0,
                _ => null,
            };
        Assert.Equal(ExitCode.Ok, await cli.AttestAsync("data.jsonl"));
        Assert.Single(server.Attestations);
        Assert.Single(server.Completed);
    }

    [Fact]
    public async Task A_wrong_key_is_told_apart_from_no_key_and_never_shown()
    {
        using var server = new AttestServerDouble();
        using var cli = new CliFixture(server.BaseUrl);
        cli.Write("data.jsonl", Lines(10));
        cli["LACE_API_KEY"] = "lace_prod_sk_wrong";
        var wrong = await Assert.ThrowsAsync<ApiException>(() => cli.AttestAsync("data.jsonl"));
        cli["LACE_API_KEY"] = null;
        var none = await Assert.ThrowsAsync<CliException>(() => cli.AttestAsync("data.jsonl"));
        Assert.Equal((ExitCode.Authentication, "unauthorized"), (wrong.ExitCode, wrong.Code));
        Assert.Equal(ExitCode.Authentication, none.ExitCode);
        Assert.DoesNotContain("sk_wrong", wrong.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unreachable_service_is_an_error_with_a_way_out()
    {
        using var cli = new CliFixture("http://127.0.0.1:9");
        cli.Write("data.jsonl", Lines(3));
        var failure = await Assert.ThrowsAsync<CliException>(() => cli.AttestAsync("data.jsonl"));
        Assert.Equal(ExitCode.Unavailable, failure.ExitCode);
        Assert.Contains("lace serve", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_dry_run_sends_nothing_and_says_how_much_it_would()
    {
        using var server = new AttestServerDouble();
        using var cli = new CliFixture(server.BaseUrl);
        cli.Write("data.jsonl", Lines(1000));
        var options = CliFixture.Options(DatasetPart.Whole, "data.jsonl") with { Json = true };
        var config = LaceConfig.Resolve(null, null, cli.Host);
        Assert.Equal(
            ExitCode.Ok,
            await new AttestRun(cli.Host, config, options with { DryRun = true }).RunAsync(CancellationToken.None)
        );
        Assert.Empty(server.Requests);
        Assert.False(Directory.Exists(cli.StateFolder));
        var predicted = JsonDocument.Parse(cli.Output.ToString()).RootElement.GetProperty("bytes_to_send").GetInt64();

        cli.Output.GetStringBuilder().Clear();
        await new AttestRun(cli.Host, config, options).RunAsync(CancellationToken.None);
        Assert.Equal(
            predicted,
            JsonDocument.Parse(cli.Output.ToString()).RootElement.GetProperty("bytes_sent").GetInt64()
        );
    }

    [Fact]
    public async Task A_member_named_text_brings_a_hint_unless_it_is_used()
    {
        using var cli = new CliFixture();
        cli.Write("data.jsonl", "{\"text\":\"abc\"}\n");
        var options = CliFixture.Options(DatasetPart.Whole, "data.jsonl") with { DryRun = true, Quiet = false };
        var config = LaceConfig.Resolve(null, null, cli.Host);
        await new AttestRun(cli.Host, config, options).RunAsync(CancellationToken.None);
        Assert.Contains("--field text", cli.Error.ToString(), StringComparison.Ordinal);
        cli.Error.GetStringBuilder().Clear();
        await new AttestRun(
            cli.Host,
            config,
            options with
            {
                Part = new DatasetPart(DatasetPartKind.Field, "text"),
            }
        ).RunAsync(CancellationToken.None);
        Assert.Equal("", cli.Error.ToString());
    }

    [Fact]
    public async Task A_compressed_file_has_the_records_of_the_plain_one()
    {
        using var server = new AttestServerDouble();
        using var cli = new CliFixture(server.BaseUrl);
        var path = cli.Write("data.jsonl", Lines(10));
        using (var output = File.Create(path + ".gz"))
        using (var gzip = new GZipStream(output, CompressionLevel.Optimal))
        {
            gzip.Write(File.ReadAllBytes(path));
        }

        await cli.AttestAsync("data.jsonl.gz");
        await cli.AttestAsync("data.jsonl");
        var receipts = Directory
            .GetFiles(Path.Combine(cli.StateFolder, "receipts"))
            .Select(file => JsonSerializer.Deserialize(File.ReadAllBytes(file), CliJson.Default.Receipt)!)
            .ToArray();
        Assert.Equal(receipts[0].Sources[0].Sha256, receipts[1].Sources[0].Sha256);
        Assert.NotEqual(receipts[0].KSalt, receipts[1].KSalt);
    }

    private static IEnumerable<string> Windows(string text, int length) =>
        Enumerable.Range(0, text.Length - length + 1).Select(i => text.Substring(i, length));

    private static string Lines(int count) =>
        string.Concat(Enumerable.Range(0, count).Select(i => $"line {i} of many\n"));

    private static string Word(Random random) =>
        string.Concat(Enumerable.Range(0, 12).Select(_ => (char)('a' + random.Next(26))));
}
