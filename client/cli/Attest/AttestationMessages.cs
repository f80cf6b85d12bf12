using Lace.Evidence.Datasets;

namespace Lace.Cli.Attest;

/// <summary>Body of <c>POST /v1/attestations</c> (protocol §4).</summary>
internal sealed record AttestationRequest(
    string Name,
    IReadOnlyDictionary<string, string> Metadata,
    DatasetDescription Dataset,
    TrainingPlan? Plan
);

/// <summary>Its answer.</summary>
internal sealed record AttestationCreated(string Id, string Status, int ChunkRecords);

/// <summary>What <c>GET /v1/attestations/{id}</c> says of an upload: ranges of chunks received, both ends included.</summary>
internal sealed record AttestationProgress(string Id, string Status, IReadOnlyList<int[]>? Chunks)
{
    public bool Has(int chunk) =>
        Chunks?.Any(range => range is [var first, var last] && first <= chunk && chunk <= last) == true;
}

/// <summary>Body of <c>POST /v1/attestations/{id}/complete</c>.</summary>
internal sealed record CompletionRequest(long Records, string Root, int Chunks, DatasetStatistics Statistics);

/// <summary>What the owner keeps: with it, and only with it, records can be opened later.</summary>
/// <param name="KSalt">Base64 of the salt key; secret.</param>
internal sealed record Receipt(
    string AttestationId,
    string BaseUrl,
    string Root,
    long Records,
    string KSalt,
    DatasetDescription Dataset,
    IReadOnlyList<SourceFingerprint> Sources,
    DateTimeOffset CompletedAt
);

/// <summary><c>.lace/current.json</c>: which attestation a training script in this folder belongs to.</summary>
internal sealed record CurrentAttestation(string AttestationId, string BaseUrl, string Root, long Records);

/// <summary>What <c>lace attest --json</c> prints.</summary>
/// <param name="BytesSent">Bytes of all request bodies of this call.</param>
internal sealed record AttestResult(
    string AttestationId,
    string BaseUrl,
    string Root,
    long Records,
    int Chunks,
    int ChunksSent,
    long BytesSent,
    DatasetStatistics Statistics,
    string Receipt
);

/// <summary>What <c>lace attest --dry-run</c> prints. The root is missing as it depends on a salt key drawn for each attestation.</summary>
internal sealed record DryRunResult(
    AttestationRequest Statement,
    long Records,
    int Chunks,
    DatasetStatistics Statistics,
    long BytesToSend
);
