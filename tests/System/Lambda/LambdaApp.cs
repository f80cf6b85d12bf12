using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Lace.Emulator;
using Lace.Functions.Hosting;
using Lace.Functions.Lambda;
using Lace.Functions.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Lace.SystemTests.Lambda;

/// <summary>A web application of a test's own routes in the Lambda loop, in this process.</summary>
internal sealed class LambdaApp : IAsyncDisposable
{
    private static readonly JsonSerializerOptions Readable = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly StringWriter log = new();
    private readonly RuntimeApi api;
    private readonly WebApplication app;

    private LambdaApp(RuntimeApi api, Action<WebApplication> map)
    {
        this.api = api;
        var builder = WebApplication.CreateSlimBuilder();
        builder.AddLambdaHosting(new LambdaSettings(api.Address, TriggerKind.Http, IsWarmedUp: false, false));
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddProblemAnswers();
        builder.Logging.AddJsonLines(TextWriter.Synchronized(log), "test", TimeProvider.System);
        app = builder.Build();
        map(app);
    }

    /// <summary>Everything logged so far.</summary>
    public string Log => log.ToString();

    public static async Task<LambdaApp> StartAsync(Action<WebApplication> map)
    {
        var lambda = new LambdaApp(await RuntimeApi.StartAsync(), map);
        await lambda.app.StartAsync();
        return lambda;
    }

    /// <summary>An event for a request, to be changed by the test.</summary>
    public static JsonObject Event(string method, string path, string? body = null) =>
        new()
        {
            ["version"] = "2.0",
            ["rawPath"] = path,
            ["rawQueryString"] = "",
            ["headers"] = new JsonObject { ["host"] = "api.test", ["content-type"] = "text/plain" },
            ["requestContext"] = new JsonObject
            {
                ["stage"] = "$default",
                ["domainName"] = "api.test",
                ["http"] = new JsonObject
                {
                    ["method"] = method,
                    ["path"] = path,
                    ["protocol"] = "HTTP/1.1",
                    ["sourceIp"] = "203.0.113.7",
                },
            },
            ["body"] = body,
            ["isBase64Encoded"] = false,
        };

    public Task<Outcome> InvokeAsync(JsonObject json, TimeSpan? timeLimit = null, string? trace = null) =>
        InvokeAsync(json.ToJsonString(Readable), timeLimit, trace);

    public async Task<Outcome> InvokeAsync(string json, TimeSpan? timeLimit = null, string? trace = null)
    {
        var invocation = new PendingInvocation(
            Guid.NewGuid().ToString(),
            Encoding.UTF8.GetBytes(json),
            TimeProvider.System.GetUtcNow() + (timeLimit ?? TimeSpan.FromSeconds(60)),
            "arn:aws:lambda:eu-west-1:123456789012:function:test",
            trace
        );
        api.Enqueue(invocation);
        return await invocation.Ended.Task.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
    }

    /// <summary>The answer's status and body.</summary>
    public async Task<(int Status, string Body)> TextAsync(JsonObject json, TimeSpan? timeLimit = null)
    {
        var answer = (await InvokeAsync(json, timeLimit)).Json;
        return (answer.GetProperty("statusCode").GetInt32(), Encoding.UTF8.GetString(HttpEvents.Body(answer)));
    }

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
        await api.DisposeAsync();
    }
}
