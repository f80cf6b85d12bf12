using System.Security.Cryptography;
using System.Text;
using Lace.Evidence.Transparency;

namespace Lace.Evidence.Audit;

/// <summary>One entry of a tenant's audit chain (<c>docs/formats/audit.md</c>), before it is written as a line.</summary>
/// <remarks>
/// What follows from other members is not stated twice: success from the phase, the duration from the two times. Times count
/// in milliseconds; finer parts are dropped.
/// </remarks>
public sealed record AuditEntry
{
    /// <summary>Longest line in bytes, its line feed not counted.</summary>
    public const int MaxLineBytes = 65_536;

    /// <summary>Ids have 1 to so many of the characters A–Z a–z 0–9 and <c>-_.:#/</c>.</summary>
    public const int MaxIdLength = 128;

    /// <summary>Ids in one of the two lists.</summary>
    public const int MaxArtifacts = 100;

    /// <summary>Bytes of <c>error_message</c> as JSON, and of <c>dp_metrics</c>.</summary>
    public const int MaxTextBytes = 8192;

    public const string EntryIdPrefix = "audit-";
    public const int EntryIdLength = 32;

    /// <summary>What the first entry names as the one before it: 64 zeros.</summary>
    public static readonly MerkleHash Genesis;

    public required MerkleHash Chain { get; init; }

    public required long Sequence { get; init; }

    /// <summary><c>audit-</c> and 26 characters of a–z 0–9.</summary>
    public required string EntryId { get; init; }

    public required AuditOperation Operation { get; init; }

    public required AuditPhase Phase { get; init; }

    public required string ObjectId { get; init; }

    /// <summary>SHA-256 of the request's body.</summary>
    public required MerkleHash RequestHash { get; init; }

    public required long RequestSizeBytes { get; init; }

    /// <summary>In any order; written sorted.</summary>
    public IReadOnlyCollection<string> ArtifactIdsProduced { get; init; } = [];

    /// <summary>In any order; written sorted.</summary>
    public IReadOnlyCollection<string> ArtifactIdsConsumed { get; init; } = [];

    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>Null exactly where the operation was accepted and goes on.</summary>
    public required DateTimeOffset? CompletedAt { get; init; }

    /// <summary>An id; set exactly where the operation failed.</summary>
    public string? ErrorCode { get; init; }

    public string? ErrorMessage { get; init; }

    /// <summary>A JSON object in UTF-8, written in canonical form; empty for none.</summary>
    public ReadOnlyMemory<byte> DpMetrics { get; init; }

    /// <summary>Hash of the entry before.</summary>
    public required MerkleHash PrevHash { get; init; }

    /// <summary>The chain of a tenant, which its id cannot be read from.</summary>
    public static MerkleHash ChainOf(string tenantId) =>
        new(SHA256.HashData(Encoding.UTF8.GetBytes("lace-audit/1" + tenantId)));

    /// <summary>The line in UTF-8 without its line feed, and the hash of the entry.</summary>
    /// <exception cref="ArgumentException">A member is outside the format.</exception>
    public byte[] ToLine(out MerkleHash recordHash) => AuditLineWriter.Write(this, out recordHash);
}
