using System.Security.Cryptography;
using System.Text.Json;
using Lace.Evidence.Audit;
using Lace.Evidence.Statements;
using Lace.Evidence.Transparency;
using Lace.Functions.TransparencyLog;
using Lace.Platform;
using Lace.Records.Audit;
using Lace.Records.Notary;
using Lace.Records.Storage;

namespace Lace.Functions.Report;

/// <summary>A report as made: it never changes, a newer one has another id.</summary>
/// <param name="Format"><c>html</c>, <c>json</c> or <c>md</c>.</param>
/// <param name="Sha256">Of the file's bytes.</param>
public sealed record ReportInfo(
    string Id,
    string RunId,
    string AttestationId,
    string Format,
    string Verdict,
    string Sha256,
    DateTimeOffset CreatedAt
);

/// <summary>Reports of all tenants. The file is written first; the item makes it known.</summary>
internal sealed class Reports(
    IItemStore items,
    IBlobStore blobs,
    StatementSigner signer,
    SignedStatements statements,
    LogSignal log,
    AuditTrail audit,
    TimeProvider clock
)
{
    private const string IdPrefix = "report";

    public async Task<ReportInfo> AddAsync(
        TenantId tenant,
        string runId,
        string attestationId,
        string format,
        string verdict,
        ReadOnlyMemory<byte> file,
        AuditedRequest request,
        CancellationToken cancellationToken = default
    )
    {
        var sha256 = Convert.ToHexStringLower(SHA256.HashData(file.Span));
        while (true)
        {
            var now = clock.GetUtcNow();
            var info = new ReportInfo(RandomId.At(IdPrefix, now), runId, attestationId, format, verdict, sha256, now);
            var document = JsonSerializer.Serialize(info, ReportJson.Default.ReportInfo);
            await blobs.PutIfAbsentAsync(File(tenant, info), file, cancellationToken);
            var operation = new AuditedOperation(AuditOperation.ReportCreate, info.Id, request)
            {
                Produced = [info.Id, "sha256:" + sha256],
                Consumed = [runId],
            };
            var signed = await signer.SignAsync(StatementOf(info), cancellationToken);
            var place = new StatementPlace(tenant, runId, StatementKinds.Report, info.Id);
            ItemWrite[] writes =
            [
                ItemWrite.Create(Place(tenant, info.Id), document),
                .. statements.Store(place, signed),
            ];
            if (await audit.TransactAsync(tenant, operation, writes, cancellationToken))
            {
                log.Wake();
                return info;
            }
        }
    }

    /// <summary>The report and its bytes; null where the tenant has no such report.</summary>
    public async Task<(ReportInfo Info, ReadOnlyMemory<byte> File)?> GetAsync(
        TenantId tenant,
        string id,
        CancellationToken cancellationToken = default
    )
    {
        if (
            !RandomId.IsValid(IdPrefix, id)
            || await items.GetAsync(Place(tenant, id), cancellationToken) is not { } item
        )
        {
            return null;
        }

        var info = item.Read(ReportJson.Default.ReportInfo);
        var blob = await blobs.GetAsync(File(tenant, info), cancellationToken);
        return blob is not null && Convert.ToHexStringLower(SHA256.HashData(blob.Content.Span)) == info.Sha256
            ? (info, blob.Content)
            : throw new InvalidDataException($"The file of {id} is missing or damaged in the store.");
    }

    private static Statement StatementOf(ReportInfo info)
    {
        var file = MerkleHash.TryParse(info.Sha256, out var sha256)
            ? sha256
            : throw new ArgumentException("A report has the SHA-256 of its file.", nameof(info));
        return Statement.Create(
            info.Id,
            file,
            PredicateTypes.Report,
            new ReportPredicate(
                info.Id,
                info.RunId,
                info.AttestationId,
                info.Format,
                info.Verdict,
                file,
                info.CreatedAt
            )
        );
    }

    private static ItemKey Place(TenantId tenant, string id) => new(tenant, $"REPORT#{id}", "META");

    private static BlobKey File(TenantId tenant, ReportInfo info) =>
        new(tenant, $"reports/{info.Id}-{info.Sha256}.{info.Format}");
}
