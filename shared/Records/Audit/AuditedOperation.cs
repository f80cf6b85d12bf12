using System.Security.Cryptography;
using Lace.Evidence.Audit;
using Lace.Evidence.Transparency;

namespace Lace.Records.Audit;

/// <summary>What asked for an operation.</summary>
/// <param name="Hash">SHA-256 of the body.</param>
/// <param name="StartedAt">When its body began to be read.</param>
public sealed record AuditedRequest(MerkleHash Hash, long SizeBytes, DateTimeOffset StartedAt)
{
    private static readonly MerkleHash OfNothing = new(SHA256.HashData([]));

    /// <summary>Of what has no body, such as an administrator's verb.</summary>
    public static AuditedRequest WithoutBody(DateTimeOffset startedAt) => new(OfNothing, 0, startedAt);
}

/// <summary>What an audit entry says of an operation; its place in the chain comes from the <see cref="AuditTrail"/>.</summary>
/// <param name="ObjectId">The attestation, run, report, key, training client, artifact or future that it is about.</param>
public sealed record AuditedOperation(AuditOperation Name, string ObjectId, AuditedRequest Request)
{
    public AuditPhase Phase { get; init; } = AuditPhase.Completed;

    public IReadOnlyCollection<string> Produced { get; init; } = [];

    public IReadOnlyCollection<string> Consumed { get; init; } = [];

    public string? ErrorCode { get; init; }

    public string? ErrorMessage { get; init; }

    /// <summary>JSON; empty for none.</summary>
    public ReadOnlyMemory<byte> DpMetrics { get; init; }
}
