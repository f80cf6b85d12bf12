using System.Security.Cryptography;
using System.Text.Json;
using Lace.Cryptography.Json;
using Lace.Functions.Problems;
using Lace.Functions.Train.Messages;

namespace Lace.Functions.Train.Rules;

/// <summary>The hash that a caller states of its batch, so that what arrives is what was meant.</summary>
internal static class BatchHash
{
    public static Problem? Check(ForwardBackward request) =>
        request.BatchHash is null ? null
        : request.Batch is not { } batch ? Field.Refuse("batch_hash", "is of batch; data has none.")
        : request.BatchHash == Of(batch) ? null
        : Field.Refuse(
            "batch_hash",
            "is not that of the batch that arrived: sha256: and the hash of batch in canonical JSON (RFC 8785)."
        );

    public static string Of(TokenBatch batch)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(batch, TrainJson.Default.TokenBatch);
        return "sha256:" + Convert.ToHexStringLower(SHA256.HashData(CanonicalJson.Canonicalize(json)));
    }
}
