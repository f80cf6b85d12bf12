using Lace.Evidence.Datasets;
using Lace.Functions.Access;
using Lace.Functions.Problems;
using Lace.Functions.Storage;
using Lace.Platform;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Lace.Functions.Attest;

/// <summary>Takes one chunk: reads it whole, checks its digest and form, keeps it if it is the first under its number.</summary>
internal sealed class ChunkUpload(Attestations attestations)
{
    public static async Task<Results<Created<ChunkReceipt>, Ok<ChunkReceipt>, Problem>> PutAsync(
        string id,
        int n,
        CurrentTenant tenant,
        HttpRequest request,
        [FromHeader(Name = "Content-Digest")] string? contentDigest,
        ChunkUpload upload,
        CancellationToken cancellationToken
    )
    {
        var (bytes, sha256, refusal) = await DigestedBody.ReadAsync(
            request,
            contentDigest,
            DatasetChunk.MaxLength,
            cancellationToken
        );
        return refusal ?? await upload.KeepAsync(tenant.Id, id, n, bytes, sha256, cancellationToken);
    }

    private async Task<Results<Created<ChunkReceipt>, Ok<ChunkReceipt>, Problem>> KeepAsync(
        TenantId tenant,
        string id,
        int number,
        ReadOnlyMemory<byte> bytes,
        string sha256,
        CancellationToken cancellationToken
    )
    {
        if (await attestations.GetAsync(tenant, id, cancellationToken) is not { Document: var attestation })
        {
            return Problem.NotFound("attestation");
        }

        if (number >= AttestRules.MaxChunks)
        {
            return Problem.Invalid($"An attestation has at most {AttestRules.MaxChunks} chunks.");
        }

        if (await attestations.GetChunkAsync(tenant, id, number, cancellationToken) is { } earlier)
        {
            return earlier.Sha256 == sha256 ? TypedResults.Ok(Receipt(number, earlier)) : Conflict(number);
        }

        if (Completion.Closed(attestation) is { } closed)
        {
            return closed;
        }

        if (!TryRead(bytes, id, number, sha256, out var chunk, out var error))
        {
            return Refuse(
                StatusCodes.Status422UnprocessableEntity,
                "chunk_malformed",
                $"The body is not chunk {number} of {id}: {error}."
            );
        }

        var kept = await attestations.PutChunkAsync(tenant, id, number, chunk, bytes, cancellationToken);
        return ReferenceEquals(kept, chunk) ? TypedResults.Created((string?)null, Receipt(number, kept))
            : kept.Sha256 == sha256 ? TypedResults.Ok(Receipt(number, kept))
            : Conflict(number);
    }

    private static bool TryRead(
        ReadOnlyMemory<byte> bytes,
        string id,
        int number,
        string sha256,
        out StoredChunk chunk,
        out string error
    )
    {
        chunk = null!;
        error = "";
        if (!DatasetChunk.TryParse(bytes.Span, id, number, out var parsed, out var reason))
        {
            error = Words(reason);
            return false;
        }

        chunk = new StoredChunk(sha256, parsed.Count, parsed.Root.ToString(), [.. parsed.Totals], parsed.Moments);
        return true;
    }

    private static string Words(ChunkError error) =>
        error switch
        {
            ChunkError.BadHeader => "its first line is not that of a chunk",
            ChunkError.OtherAttestation => "it is a chunk of another attestation",
            ChunkError.WrongNumber => "its first line has another number",
            ChunkError.CountMismatch => $"it has no record, or more than {DatasetChunk.Records}",
            ChunkError.Truncated => "it ends within a record",
            ChunkError.TrailingBytes => "bytes follow the last record",
            ChunkError.NonCanonicalVarint => "a number is not in its shortest form",
            ChunkError.ValueTooLarge => "a number, or a feature summed over its records, is not below 2^53",
            _ => throw new ArgumentOutOfRangeException(nameof(error), error, "Not an error."),
        };

    private static ChunkReceipt Receipt(int number, StoredChunk chunk) => new(number, chunk.Count, chunk.Root);

    private static Problem Conflict(int number) =>
        Refuse(
            StatusCodes.Status409Conflict,
            "chunk_conflict",
            $"Chunk {number} was received before with other bytes. A dataset that changed needs a new attestation."
        );

    private static Problem Refuse(int status, string code, string detail) => new(status, code, detail);
}
