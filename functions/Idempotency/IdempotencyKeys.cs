using System.Security.Cryptography;
using System.Text;
using Lace.Functions.Access;
using Lace.Functions.Hosting;
using Lace.Functions.Problems;

namespace Lace.Functions.Idempotency;

/// <summary>
/// Makes a POST with an <c>Idempotency-Key</c> happen once: the first request claims the key in the store, its answer is kept
/// there, and a repeat gets that answer.
/// </summary>
/// <remarks>
/// Only successes are kept. After a refusal the key is free again, so that a client which mends the cause can repeat the request.
/// A request that claimed its key runs to its end even where its caller has gone: he will repeat it and must find its answer.
/// Claims are the tenant's own, so routes without an API key take no notice of the header.
/// </remarks>
internal static class IdempotencyKeys
{
    public const string HeaderName = "Idempotency-Key";
    public const int MaxLength = 200;

    private static readonly Problem Reused = new(
        StatusCodes.Status422UnprocessableEntity,
        "idempotency_key_reused",
        "This Idempotency-Key was used for another request: take a new one for each request."
    );

    private static readonly Problem InProgress = new(
        StatusCodes.Status409Conflict,
        "in_progress",
        "The first request with this Idempotency-Key has not ended yet. Repeat it later."
    )
    {
        RetryAfterSeconds = 1,
    };

    public static void AddIdempotencyKeys(this IServiceCollection services) => services.AddSingleton<Claims>();

    public static void UseIdempotencyKeys(this IApplicationBuilder app) => app.Use(OnceAsync);

    private static async Task OnceAsync(HttpContext context, RequestDelegate next)
    {
        var key = context.Request.Headers[HeaderName].ToString();
        if (
            key.Length == 0
            || !HttpMethods.IsPost(context.Request.Method)
            || CurrentTenant.Of(context) is not { } tenant
        )
        {
            await next(context);
            return;
        }

        if (key.Length > MaxLength || key.AsSpan().ContainsAnyExceptInRange('!', '~'))
        {
            await Problem
                .Invalid($"Idempotency-Key has at most {MaxLength} visible ASCII characters.")
                .ExecuteAsync(context);
            return;
        }

        var claims = context.RequestServices.GetRequiredService<Claims>();
        var request = await FingerprintAsync(context.Request);
        var claim = await claims.ClaimAsync(tenant.Id, key, request, context.RequestAborted);
        await (
            claim switch
            {
                { Request: var other } when other != request => Reused.ExecuteAsync(context),
                { Answer: { } answer } => answer.SendAsync(context.Response),
                { Mine: null } => InProgress.ExecuteAsync(context),
                _ => RunAsync(context, next, claims, claim),
            }
        );
    }

    /// <summary>Runs the request with its answer held back until it is kept: a client that saw it can rely on the repeat.</summary>
    private static async Task RunAsync(HttpContext context, RequestDelegate next, Claims claims, Claim claim)
    {
        var response = context.Response;
        var client = response.Body;
        var callerHasGone = context.RequestAborted;
        context.RequestAborted = context.Features.Get<RequestDeadline>()?.Token ?? CancellationToken.None;
        using var held = new MemoryStream();
        response.Body = held;
        try
        {
            await next(context);
        }
        catch
        {
            await claims.ReleaseAsync(claim);
            throw;
        }
        finally
        {
            response.Body = client;
            context.RequestAborted = callerHasGone;
        }

        if (response.StatusCode is >= 200 and < 300 && held.Length <= StoredAnswer.MaxBytes)
        {
            await claims.KeepAsync(claim, StoredAnswer.Of(response, held.ToArray()));
        }
        else
        {
            await claims.ReleaseAsync(claim);
        }

        held.Position = 0;
        await held.CopyToAsync(client, context.RequestAborted);
    }

    /// <summary>What must be equal for two requests to be the same one: method, path, query and body.</summary>
    private static async Task<string> FingerprintAsync(HttpRequest request)
    {
        request.EnableBuffering();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{request.Method} {request.Path}{request.QueryString}\n"));
        var buffer = new byte[16 << 10];
        while (await request.Body.ReadAsync(buffer, request.HttpContext.RequestAborted) is > 0 and var read)
        {
            hash.AppendData(buffer, 0, read);
        }

        request.Body.Position = 0;
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
