using System.Text.Json;
using Lace.Cryptography.Json;
using Lace.Evidence.Transparency;
using Lace.Evidence.Transparency.Notes;

namespace Lace.Evidence.Statements.Sigstore;

/// <summary>An entry of a Rekor log as a bundle or the log itself states it: Sigstore's <c>TransparencyLogEntry</c>, nothing checked.</summary>
/// <param name="Index">Of Rekor v2 in the tree; of Rekor v1 over all its shards, and the proof has the one in the tree.</param>
/// <param name="LogId">32 bytes that find the log in a trusted root.</param>
/// <param name="Kind">With <paramref name="Version"/>, what the body is.</param>
/// <param name="IntegratedTime">Seconds since 1970, of Rekor v1; 0 where there is none.</param>
/// <param name="SignedEntryTimestamp">Of Rekor v1: ECDSA over body, time, log and index; empty where there is none.</param>
/// <param name="Body">What the leaf is the hash of.</param>
public sealed record LogEntry(
    long Index,
    ReadOnlyMemory<byte> LogId,
    string Kind,
    string Version,
    long IntegratedTime,
    ReadOnlyMemory<byte> SignedEntryTimestamp,
    InclusionProof? Proof,
    ReadOnlyMemory<byte> Body
)
{
    /// <summary>Most bytes of an entry's JSON outside a bundle.</summary>
    public const int MaxBytes = 1024 * 1024;

    /// <summary>The entry of a <c>hashedrekord</c> 0.0.2 body in a tile log.</summary>
    /// <param name="log">The log's Ed25519 key.</param>
    /// <param name="hashes">Inclusion proof under the checkpoint.</param>
    /// <param name="checkpoint">A signed note.</param>
    /// <exception cref="ArgumentException">The note is not a checkpoint.</exception>
    public static LogEntry OfHashedRekord(
        long index,
        VerifierKey log,
        ReadOnlyMemory<byte> body,
        IReadOnlyList<MerkleHash> hashes,
        string checkpoint
    )
    {
        ArgumentNullException.ThrowIfNull(log);
        return
            SignedNote.TryParse(checkpoint, out var note)
            && Transparency.Notes.Checkpoint.TryParse(note.Text, out var head)
            ? new LogEntry(
                index,
                log.Digest,
                LogEntryBody.HashedRekord,
                LogEntryBody.RekorV2,
                IntegratedTime: 0,
                SignedEntryTimestamp: default,
                new InclusionProof(index, head.Root, head.Size, hashes, checkpoint),
                body
            )
            : throw new ArgumentException("The note is not a checkpoint.", nameof(checkpoint));
    }

    /// <summary>Reads one entry, as Rekor v2 answers a submission; null where the bytes are not one.</summary>
    public static LogEntry? TryParse(ReadOnlySpan<byte> json)
    {
        try
        {
            return json.Length <= MaxBytes
                ? Of(JsonSerializer.Deserialize(json, SigstoreJson.Default.EntryDocument))
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The entry in JCS form.</summary>
    public byte[] ToJson() =>
        CanonicalJson.Canonicalize(
            JsonSerializer.SerializeToUtf8Bytes(ToDocument(), SigstoreJson.Default.EntryDocument)
        );

    internal static LogEntry? Of(EntryDocument? document) =>
        document
            is {
                LogId.KeyId: { Length: > 0 } logId,
                KindVersion: { Kind: { } kind, Version: { } version },
                CanonicalizedBody: { Length: > 0 } body
            }
        && (document.InclusionProof is null || InclusionProof.Of(document.InclusionProof) is not null)
            ? new LogEntry(
                document.LogIndex ?? 0,
                logId,
                kind,
                version,
                document.IntegratedTime ?? 0,
                document.InclusionPromise?.SignedEntryTimestamp,
                InclusionProof.Of(document.InclusionProof),
                body
            )
            : null;

    internal EntryDocument ToDocument() =>
        new(
            Index,
            new LogIdDocument(LogId.ToArray()),
            new KindVersionDocument(Kind, Version),
            IntegratedTime,
            SignedEntryTimestamp.IsEmpty ? null : new PromiseDocument(SignedEntryTimestamp.ToArray()),
            Proof?.ToDocument(),
            Body.ToArray()
        );
}

/// <summary>The path from an entry to the root of a checkpoint.</summary>
/// <param name="Index">Of the leaf in the tree; null where it is not stated.</param>
/// <param name="Root">As stated beside the checkpoint, which alone is signed; null where it is not.</param>
/// <param name="TreeSize">As <paramref name="Root"/>.</param>
/// <param name="Checkpoint">A signed note; empty where there is none, and then the proof leads nowhere.</param>
public sealed record InclusionProof(
    long? Index,
    MerkleHash? Root,
    long? TreeSize,
    IReadOnlyList<MerkleHash> Hashes,
    string Checkpoint
)
{
    /// <summary>No tree is higher.</summary>
    public const int MaxHashes = 64;

    internal static InclusionProof? Of(ProofDocument? document)
    {
        var hashes = document?.Hashes ?? [];
        return
            document is not null
            && document.RootHash is null or { Length: MerkleHash.Size }
            && hashes.Count <= MaxHashes
            && hashes.All(hash => hash is { Length: MerkleHash.Size })
            ? new InclusionProof(
                document.LogIndex,
                document.RootHash is { } root ? new MerkleHash(root) : null,
                document.TreeSize,
                [.. hashes.Select(hash => new MerkleHash(hash))],
                document.Checkpoint?.Envelope ?? ""
            )
            : null;
    }

    internal ProofDocument ToDocument() =>
        new(Index, Root?.ToArray(), TreeSize, [.. Hashes.Select(hash => hash.ToArray())], new NoteDocument(Checkpoint));
}
