using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Lace.Functions;
using Lace.Functions.Hosting;
using Lace.Functions.Telemetry;
using Lace.Platform;
using Lace.Tests.Functions.LossIngest;
using Microsoft.Extensions.Configuration;
using OpenTelemetry.Exporter;

namespace Lace.Tests.Functions.Telemetry;

/// <summary>Traces, as a collector gets them.</summary>
public sealed class TracingTests
{
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";

    private static readonly TelemetryLabels Labels = new("attest", "dev");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_request_goes_on_in_its_callers_trace_with_its_store_calls_below_it()
    {
        await using var collector = await SpanCollector.StartAsync();
        using var tracing = Tracing.Start(collector.Url, OtlpExportProtocol.HttpProtobuf, Labels);
        await using var app = await LaceApp.StartAsync();
        var (key, stored) = await app.NewKeyAsync();
        using var client = app.Client(key.Reveal());
        var trace = ActivityTraceId.CreateRandom().ToString();
        var parent = ActivitySpanId.CreateRandom().ToString();
        client.DefaultRequestHeaders.Add("traceparent", $"00-{trace}-{parent}-01");
        await client.PostJsonAsync("/v1/attestations", TestDataset.Create).JsonAsync(HttpStatusCode.Created);

        var spans = await SpansAsync(collector, tracing, trace, span => span.Kind == 2);
        var request = Assert.Single(spans, span => span.Kind == 2);
        Assert.Equal(
            ("lace-attest", "POST /v1/attestations/", parent),
            (request.Service, request.Name, request.ParentId)
        );
        Assert.Equal("POST", request.Tags["http.request.method"]);
        Assert.Equal("/v1/attestations/", request.Tags["http.route"]);
        Assert.Equal("201", request.Tags["http.response.status_code"]);
        Assert.Equal(Log.Hash(new TenantId(stored.Tenant)), request.Tags["lace.tenant"]);
        var calls = spans.Where(span => span.ParentId == request.SpanId).Select(span => span.Name).ToArray();
        Assert.Contains("items get", calls);
        Assert.Contains("items transact", calls);
        foreach (var text in spans.SelectMany(span => span.Tags.Values.Append(span.Name)))
        {
            Assert.DoesNotContain(stored.Tenant, text, StringComparison.Ordinal);
            Assert.DoesNotContain(key.Reveal(), text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_batch_of_the_queue_is_a_span_of_its_consumer()
    {
        await using var collector = await SpanCollector.StartAsync();
        using var tracing = Tracing.Start(collector.Url, OtlpExportProtocol.HttpProtobuf, Labels);
        using var world = new IngestWorld();
        var (_, script) = await world.NewRunAsync();
        await world.SendAsync(script.Segment(IngestWorld.Points(0, 5)).Bodies[0]);
        using var around = new Activity("test") { ActivityTraceFlags = ActivityTraceFlags.Recorded }.Start();
        await world.Consumer().HandleBatchAsync(Cancel);
        var trace = around.TraceId.ToString();
        var spans = await SpansAsync(collector, tracing, trace, span => span.Name == "losses process");
        var batch = Assert.Single(spans, span => span.Name == "losses process");
        Assert.Equal((5, "1"), (batch.Kind, batch.Tags["messaging.batch.message_count"]));
    }

    [Fact]
    public async Task A_collector_that_is_away_costs_no_request()
    {
        using var tracing = Tracing.Start(new Uri("http://127.0.0.1:9"), OtlpExportProtocol.HttpProtobuf, Labels);
        await using var app = await LaceApp.StartAsync();
        using var client = await app.NewTenantAsync();
        await client.GetAsync("/v1/attestations", Cancel).JsonAsync(HttpStatusCode.OK);
        tracing.Flush();
    }

    [Fact]
    public void Without_an_endpoint_nothing_is_traced() => Assert.Null(Read(null, null));

    [Theory]
    [InlineData("collector:4318", null)]
    [InlineData("ftp://collector", null)]
    [InlineData("http://127.0.0.1:4318", "http/json")]
    public void A_setting_that_names_no_collector_stops_the_start(string endpoint, string? protocol) =>
        Assert.Throws<SettingException>(() => Read(endpoint, protocol));

    /// <summary>The program itself, told by its environment.</summary>
    [Fact]
    public async Task The_host_sends_its_spans_where_its_environment_says_and_the_last_ones_when_it_stops()
    {
        await using var collector = await SpanCollector.StartAsync();
        var folder = Directory.CreateTempSubdirectory("lace-traced-").FullName;
        var start = new ProcessStartInfo("dotnet")
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (
            var argument in (string[])
                [
                    Path.Combine(AppContext.BaseDirectory, "Lace.Functions.dll"),
                    "--data",
                    folder,
                    "--urls",
                    "http://127.0.0.1:0",
                    "--attached",
                    "true",
                ]
        )
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment[Endpoint] = collector.Url.ToString();
        start.Environment["LACE_STAGE"] = "test";
        using var host = Process.Start(start)!;
        var log = host.StandardError.ReadToEndAsync(Cancel);
        var ready = JsonDocument.Parse((await host.StandardOutput.ReadLineAsync(Cancel))!).RootElement;
        using (var client = new HttpClient { BaseAddress = new Uri(ready.GetProperty("address").GetString()!) })
        {
            await client.GetAsync("/v1/attestations", Cancel).ProblemAsync(401, "key_missing");
        }

        host.StandardInput.Close();
        await host.WaitForExitAsync(Cancel);
        var span = Assert.Single(collector.Spans, span => span.Name == "GET /v1/attestations/");
        Assert.Equal("lace-host", span.Service);
        var line = Assert.Single(
            (await log).Split('\n'),
            line => line.Contains("request_finished", StringComparison.Ordinal)
        );
        var entry = JsonDocument.Parse(line).RootElement;
        Assert.Equal("host", entry.GetProperty("function").GetString());
        Assert.Equal("key_missing", entry.GetProperty("code").GetString());
        Assert.Equal(span.TraceId, entry.GetProperty("trace_id").GetString());
        Assert.NotEmpty(entry.GetProperty("request_id").GetString()!);
        Directory.Delete(folder, recursive: true);
    }

    private static Tracing? Read(string? endpoint, string? protocol) =>
        Tracing.Read(
            new ConfigurationBuilder()
                .AddInMemoryCollection([new(Endpoint, endpoint), new("OTEL_EXPORTER_OTLP_PROTOCOL", protocol)])
                .Build(),
            Labels
        );

    /// <summary>The spans of one trace: other tests run in this process, and their spans come too.</summary>
    private static async Task<IReadOnlyList<SentSpan>> SpansAsync(
        SpanCollector collector,
        Tracing tracing,
        string trace,
        Func<SentSpan, bool> awaited
    )
    {
        SentSpan[] spans = [];
        await Until.HoldsAsync(
            () =>
            {
                // A request's span ends after its answer was sent.
                tracing.Flush();
                spans = [.. collector.Spans.Where(span => span.TraceId == trace)];
                return spans.Any(awaited);
            },
            "the span, at the collector"
        );
        return spans;
    }
}
