using System.Security.Cryptography;
using System.Text;
using Lace.Platform;

namespace Lace.Functions;

/// <summary>Every event that the application logs. Event names in past tense; no secrets; tenants only as hashes.</summary>
internal static partial class Log
{
    /// <summary>The category of all our events.</summary>
    public const string Category = "Lace.Events";

    public static ILogger Of(HttpContext context) => Of(context.RequestServices);

    public static ILogger Of(IServiceProvider services) =>
        services.GetRequiredService<ILoggerFactory>().CreateLogger(Category);

    /// <summary>Tells two tenants apart in the log without naming them.</summary>
    public static string Hash(TenantId tenant) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes("lace-log/1" + tenant.Value)))[..12];

    [LoggerMessage(
        1,
        LogLevel.Information,
        "request_finished {method} {route} {status} {duration_ms} {tenant} {request_id} {code}"
    )]
    public static partial void RequestFinished(
        ILogger logger,
        string method,
        string route,
        int status,
        double duration_ms,
        string? tenant,
        string request_id,
        string? code
    );

    [LoggerMessage(2, LogLevel.Error, "request_failed {method} {route} {code}")]
    public static partial void RequestFailed(
        ILogger logger,
        Exception failure,
        string method,
        string route,
        string code
    );

    [LoggerMessage(3, LogLevel.Information, "tenant_created {tenant}")]
    public static partial void TenantCreated(ILogger logger, string tenant);

    [LoggerMessage(4, LogLevel.Information, "attestation_completed {attestation} {records} {tenant}")]
    public static partial void AttestationCompleted(ILogger logger, string attestation, long records, string tenant);

    [LoggerMessage(5, LogLevel.Warning, "attestation_refused {attestation} {code} {tenant}")]
    public static partial void AttestationRefused(ILogger logger, string attestation, string code, string tenant);
}
