using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using Lace.Evidence.Trajectories;
using Lace.Tests.Functions.Verify;

namespace Lace.Tests.Functions.Report;

/// <summary>Reports over HTTP: whose they are, and that they are the bytes that were announced.</summary>
public sealed class ReportRouteTests : IAsyncLifetime
{
    private RunHost host = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => host = await RunHost.StartAsync();

    public ValueTask DisposeAsync() => host.DisposeAsync();

    [Theory]
    [InlineData("html", "text/html; charset=utf-8")]
    [InlineData("md", "text/markdown; charset=utf-8")]
    [InlineData("json", "application/json")]
    public async Task The_file_is_the_one_of_the_digest_and_does_not_change(string format, string mediaType)
    {
        var (attestation, run) = await RunAsync();
        var report = await MakeAsync(run, format);
        var before = await FileAsync(report, mediaType);
        Assert.Equal(report.GetProperty("sha256").GetString(), Convert.ToHexStringLower(SHA256.HashData(before)));

        await host.PostAsync($"/v1/attestations/{attestation}/revoke", """{"reason":"the wrong file"}""");
        Assert.Equal(before, await FileAsync(report, mediaType));
        var later = await FileAsync(await MakeAsync(attestation, format), mediaType);
        Assert.Contains("the wrong file", System.Text.Encoding.UTF8.GetString(later), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_tenants_reports_runs_and_attestations_are_not_there()
    {
        var (attestation, run) = await RunAsync();
        var open = await host.BeginAsync();
        var report = (await MakeAsync(run, "json")).GetProperty("id").GetString();
        using var other = await host.NewTenantAsync();
        Assert.Equal(
            "not_found",
            await RunHost.CodeAsync(other.GetAsync($"/v1/reports/{report}"), HttpStatusCode.NotFound)
        );
        foreach (var id in new[] { run, attestation, open })
        {
            var answer = other.PostAsync("/v1/reports", Json($$"""{"id":"{{id}}","format":"json"}"""));
            Assert.Equal("not_found", await RunHost.CodeAsync(answer, HttpStatusCode.NotFound));
        }

        Assert.Equal(
            "key_missing",
            await RunHost.CodeAsync(host.Anonymous.GetAsync($"/v1/reports/{report}"), HttpStatusCode.Unauthorized)
        );
    }

    [Theory]
    [InlineData("""{"id":"run-20261120-134501-zzzzzz","format":"html"}""", HttpStatusCode.NotFound, "not_found")]
    [InlineData("""{"id":"../../etc/passwd","format":"html"}""", HttpStatusCode.NotFound, "not_found")]
    [InlineData("""{"id":"run-20261120-134501-zzzzzz","format":"pdf"}""", HttpStatusCode.BadRequest, "invalid_request")]
    public async Task What_cannot_be_reported_is_refused(string request, HttpStatusCode status, string code) =>
        Assert.Equal(code, await RunHost.CodeAsync(host.Owner.PostAsync("/v1/reports", Json(request)), status));

    [Theory]
    [InlineData("report-20261120-134501-zzzzzz")]
    [InlineData("..%2f..%2fetc%2fpasswd")]
    [InlineData("x")]
    public async Task A_report_that_is_not_there_is_not_found(string id) =>
        Assert.Equal(
            "not_found",
            await RunHost.CodeAsync(host.Owner.GetAsync($"/v1/reports/{id}"), HttpStatusCode.NotFound)
        );

    [Fact]
    public async Task A_report_that_was_changed_in_the_store_is_not_given_out()
    {
        var (_, run) = await RunAsync();
        var report = await MakeAsync(run, "md");
        var file = Directory
            .GetFiles(host.Folder, $"{report.GetProperty("id").GetString()}-*", SearchOption.AllDirectories)
            .Single();
        var bytes = await File.ReadAllBytesAsync(file, Cancel);
        bytes[100] ^= 1;
        await File.WriteAllBytesAsync(file, bytes, Cancel);
        using var answer = await host.Owner.GetAsync($"/v1/reports/{report.GetProperty("id").GetString()}", Cancel);
        Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
    }

    private async Task<(string Attestation, string Run)> RunAsync()
    {
        var attestation = await host.AttestAsync(VerifyRouteTests.Features(40));
        var run = await host.NewRunAsync(attestation);
        await host.TrainAsync(run, [new LossPoint(0, 1, [new MicroBatch([1])])]);
        return (attestation, RunHost.Id(run));
    }

    private Task<JsonElement> MakeAsync(string id, string format) =>
        host.PostAsync("/v1/reports", $$"""{"id":"{{id}}","format":"{{format}}"}""");

    private async Task<byte[]> FileAsync(JsonElement report, string mediaType)
    {
        using var answer = await host.Owner.GetAsync($"/v1/reports/{report.GetProperty("id").GetString()}", Cancel);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(mediaType, answer.Content.Headers.ContentType!.ToString());
        return await answer.Content.ReadAsByteArrayAsync(Cancel);
    }

    private static StringContent Json(string text) => new(text, null, "application/json");
}
