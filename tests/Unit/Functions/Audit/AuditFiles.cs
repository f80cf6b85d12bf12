using System.Text;
using System.Text.Json;
using Lace.Evidence.Audit;
using Lace.Platform;
using Lace.Records.Audit;

namespace Lace.Tests.Functions.Audit;

/// <summary>A tenant's chain as the file that an export gives.</summary>
internal static class AuditFiles
{
    public static async Task<byte[]> ExportAsync(IItemStore items, TenantId tenant)
    {
        using var file = new MemoryStream();
        await foreach (var lines in new AuditEntries(items).JsonLinesAsync(tenant, default))
        {
            file.Write(lines.Span);
        }

        return file.ToArray();
    }

    public static async Task<AuditVerification> VerifyAsync(IItemStore items, TenantId tenant) =>
        AuditChainVerifier.Verify(new MemoryStream(await ExportAsync(items, tenant)));

    public static async Task<List<JsonElement>> EntriesAsync(IItemStore items, TenantId tenant) =>
        Entries(Encoding.UTF8.GetString(await ExportAsync(items, tenant)));

    public static List<JsonElement> Entries(string file) =>
        [.. file.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonElement.Parse(line))];
}
