using System.Security.Cryptography;
using Amazon.S3.Model;

namespace Lace.Platform.Aws;

/// <summary>What S3 tells of an object: its tag, and the ids of the last writes to its path, the newest first.</summary>
internal sealed record StoredBlob(string ETag, IReadOnlyList<string> Writes)
{
    /// <summary>Name of the object's metadata.</summary>
    public const string Metadata = "lace-writes";

    private const int Remembered = 16;
    private const int IdBytes = 8;

    public static string NewWriteId() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(IdBytes));

    public static StoredBlob Of(GetObjectMetadataResponse answer) =>
        new(answer.ETag, (answer.Metadata[Metadata] ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries));

    /// <summary>The metadata of a write over <paramref name="before"/>.</summary>
    public static string Add(string id, StoredBlob? before) =>
        string.Join(' ', [id, .. (before?.Writes ?? []).Take(Remembered - 1)]);

    /// <summary>The tag of what that write stored; one that no object has where others wrote since; null where it stored nothing.</summary>
    public string? TagOf(string id) =>
        Writes is [var newest, ..] && newest == id ? ETag
        : Writes.Contains(id) ? $"replaced-{id}"
        : null;
}
