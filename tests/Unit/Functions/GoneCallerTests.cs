using System.Net;
using System.Security.Claims;
using Lace.Functions.Access;
using Lace.Functions.Hosting;
using Lace.Functions.Idempotency;
using Lace.Functions.Problems;
using Lace.Platform.Embedded;
using Lace.Records.Tenancy;
using Lace.Tests.Platform;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Claim = System.Security.Claims.Claim;

namespace Lace.Tests.Functions;

/// <summary>A POST with an Idempotency-Key whose caller goes while it runs: on a server of its own, whose handler waits to be told to go on.</summary>
public sealed class GoneCallerTests : IAsyncLifetime
{
    private readonly PlatformFolder folder = new();
    private readonly TaskCompletionSource begun = Source();
    private readonly TaskCompletionSource gone = Source();
    private readonly TaskCompletionSource goOn = Source();
    private readonly CancellationTokenSource deadline = new();
    private readonly HttpClient client = new();
    private EmbeddedPlatform platform = null!;
    private WebApplication app = null!;
    private bool hasDeadline;
    private int runs;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        platform = folder.Open();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton(new Claims(platform.Items, platform.Keys, TimeProvider.System));
        app = builder.Build();
        app.Use(AsTenantAsync);
        app.UseProblemAnswers();
        app.UseIdempotencyKeys();
        app.Run(HandleAsync);
        await app.StartAsync(Cancel);
        client.BaseAddress = new Uri(app.Urls.First());
    }

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        await app.DisposeAsync();
        platform.Dispose();
        folder.Dispose();
        deadline.Dispose();
    }

    [Fact]
    public async Task The_request_runs_to_its_end_and_the_repeat_gets_its_answer()
    {
        await CallAndGoAsync();
        goOn.SetResult();
        var again = await RepeatAsync();
        Assert.Equal(HttpStatusCode.Created, again.StatusCode);
        Assert.Equal("run 1", await again.Content.ReadAsStringAsync(Cancel));
        Assert.True(again.Headers.Contains(StoredAnswer.ReplayedHeader));
        Assert.Equal(1, runs);
    }

    [Fact]
    public async Task A_deadline_ends_it_nevertheless_and_frees_the_key()
    {
        hasDeadline = true;
        await CallAndGoAsync();
        await deadline.CancelAsync();
        goOn.SetResult();
        hasDeadline = false;
        var again = await RepeatAsync();
        Assert.Equal("run 2", await again.Content.ReadAsStringAsync(Cancel));
    }

    private async Task CallAndGoAsync()
    {
        using var caller = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var call = SendAsync(caller.Token);
        await begun.Task.WaitAsync(Cancel);
        await caller.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        await gone.Task.WaitAsync(Cancel);
    }

    /// <summary>Until the first has ended.</summary>
    private async Task<HttpResponseMessage> RepeatAsync()
    {
        while (true)
        {
            var answer = await SendAsync(Cancel);
            if (answer.StatusCode != HttpStatusCode.Conflict)
            {
                return answer;
            }

            await Task.Delay(10, Cancel);
        }
    }

    private async Task<HttpResponseMessage> SendAsync(CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/") { Content = new StringContent("{}") };
        request.Headers.Add(IdempotencyKeys.HeaderName, "k1");
        return await client.SendAsync(request, cancellationToken);
    }

    private Task AsTenantAsync(HttpContext context, RequestDelegate next)
    {
        Claim[] claims =
        [
            new(CurrentTenant.ClaimType, PlatformFolder.Tenant.Value),
            new(CurrentTenant.PlanClaimType, ServicePlan.Find("pilot")!.Name),
        ];
        context.User = new ClaimsPrincipal(new ClaimsIdentity(claims, "test"));
        context.RequestAborted.Register(() => gone.TrySetResult());
        if (hasDeadline)
        {
            context.Features.Set(new RequestDeadline(deadline.Token));
        }

        return next(context);
    }

    private async Task HandleAsync(HttpContext context)
    {
        var run = Interlocked.Increment(ref runs);
        begun.TrySetResult();
        await goOn.Task.WaitAsync(context.RequestAborted);
        context.Response.StatusCode = StatusCodes.Status201Created;
        await context.Response.WriteAsync($"run {run}", context.RequestAborted);
    }

    private static TaskCompletionSource Source() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
