namespace Lace.Functions;

internal static partial class Log
{
    [LoggerMessage(70, LogLevel.Information, "audit_head_signed {tenant} {entries}")]
    public static partial void AuditHeadSigned(ILogger logger, string tenant, long entries);

    [LoggerMessage(71, LogLevel.Error, "audit_heads_failed")]
    public static partial void AuditHeadsFailed(ILogger logger, Exception failure);
}
