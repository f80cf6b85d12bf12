using System.Diagnostics;
using Lace.Emulator;
using Lace.Functions.Lambda;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Lace.SystemTests.Lambda;

/// <summary>What the loop does between the Runtime API and a trigger.</summary>
public sealed class LambdaLoopTests
{
    private const string Root = "5759e988bd862e3fe1be46a994272793";
    private const string Trace = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";

    [Fact]
    public async Task A_call_carries_the_trace_of_x_ray_whatever_the_client_says()
    {
        await using var app = await LambdaApp.StartAsync(app =>
            app.Run(context =>
                context.Response.WriteAsync(
                    $"{Activity.Current!.TraceId} {Environment.GetEnvironmentVariable("_X_AMZN_TRACE_ID")}"
                )
            )
        );
        var sent = LambdaApp.Event("GET", "/");
        sent["headers"]!["traceparent"] = "00-11111111111111111111111111111111-2222222222222222-01";
        var answer = (await app.InvokeAsync(sent, trace: Trace)).Json;
        Assert.Equal($"{Root} {Trace}", System.Text.Encoding.UTF8.GetString(HttpEvents.Body(answer)));
        await app.InvokeAsync(sent); // the first one's line is out before this one is asked for
        Assert.Contains(
            $"\"trace_id\":\"{Root}\",\"event\":\"invocation_finished\"",
            app.Log,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("Root=1-5759e988-bd862e3fe1be46a99427279")]
    [InlineData("Root=2-5759e988-bd862e3fe1be46a994272793")]
    [InlineData("Root=1-5759e988-bd862e3fe1be46a99427279Z")]
    [InlineData("Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f")]
    public void What_is_no_trace_is_none(string? header) => Assert.Null(XRayTrace.Parse(header));

    [Fact]
    public void A_trace_is_read()
    {
        var context = XRayTrace.Parse(Trace + ";Lineage=a87bd80c:0")!.Context;
        Assert.Equal((Root, "53995c3f42cd8ad8"), (context.TraceId.ToString(), context.SpanId.ToString()));
        Assert.Equal(ActivityTraceFlags.Recorded, context.TraceFlags);
    }

    [Fact]
    public async Task An_event_that_is_none_fails_its_invocation_and_the_next_is_answered()
    {
        await using var app = await LambdaApp.StartAsync(app => app.Run(_ => Task.CompletedTask));
        foreach (var wrong in (string[])["null", "[]", "{", """{"version":"1.0"}""", """{"Records":[]}"""])
        {
            var outcome = await app.InvokeAsync(wrong);
            Assert.Null(outcome.Answer);
            Assert.Equal("Lace.InvalidDataException", outcome.ErrorType);
            Assert.NotEqual("", outcome.Error!.Value.GetProperty("errorMessage").GetString());
        }

        Assert.Equal(
            200,
            (await app.InvokeAsync(LambdaApp.Event("GET", "/"))).Json.GetProperty("statusCode").GetInt32()
        );
    }

    [Fact]
    public async Task The_client_tells_what_the_runtime_refuses()
    {
        await using var api = await RuntimeApi.StartAsync();
        using var client = new RuntimeClient(api.Address);
        await Assert.ThrowsAsync<RuntimeApiException>(() =>
            client.RespondAsync("unknown", "{}"u8.ToArray(), TestContext.Current.CancellationToken)
        );
        var invocation = new PendingInvocation("id-1", "{}"u8.ToArray(), DateTimeOffset.UnixEpoch, "arn", null);
        api.Enqueue(invocation);
        var next = await client.NextAsync(TestContext.Current.CancellationToken);
        Assert.Equal(("id-1", DateTimeOffset.UnixEpoch, "arn"), (next.RequestId, next.Deadline, next.FunctionArn));
        Assert.False(await client.RespondAsync("id-1", new byte[(6 << 20) + 1], TestContext.Current.CancellationToken));
        await client.FailAsync("id-1", new InvalidOperationException("why"), TestContext.Current.CancellationToken);
        Assert.Equal("Lace.InvalidOperationException", (await invocation.Ended.Task).ErrorType);
    }

    [Fact]
    public async Task A_process_that_cannot_go_on_from_its_snapshot_says_so()
    {
        await using var api = await RuntimeApi.StartAsync();
        using var client = new RuntimeClient(api.Address);
        await client.FailRestoreAsync(new InvalidOperationException("no seed"), TestContext.Current.CancellationToken);
        Assert.Equal("no seed", (await api.Broken).Error!.Value.GetProperty("errorMessage").GetString());
    }
}
