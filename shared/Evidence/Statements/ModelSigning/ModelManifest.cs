using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Lace.Evidence.Statements.Sigstore;
using Lace.Evidence.Transparency;

namespace Lace.Evidence.Statements.ModelSigning;

/// <summary>The files of a signed model with their digests (OpenSSF Model Signing v1.0), from a statement whose signature was checked.</summary>
/// <param name="Name">What the signer calls the model.</param>
/// <param name="Root">SHA-256 over the digests of the resources, one after the other.</param>
/// <param name="ShardSize">Bytes of a shard; null where a resource is a whole file.</param>
/// <param name="IgnoredPaths">Files and folders that the signer left out.</param>
public sealed record ModelManifest(
    string Name,
    MerkleHash Root,
    long? ShardSize,
    IReadOnlyList<string> IgnoredPaths,
    IReadOnlyList<ModelResource> Resources
)
{
    private const string SingleFile = ".";

    /// <summary>Every reason why these are not the signed files; none if they are.</summary>
    /// <param name="files">By path relative to the model's folder, with <c>/</c>. Each is read once, start to end.</param>
    public IReadOnlyList<SigstoreRefusal> Check(IReadOnlyDictionary<string, Func<Stream>> files)
    {
        ArgumentNullException.ThrowIfNull(files);
        var refusals = new SortedSet<SigstoreRefusal>();
        var present = files.Where(file => !IsIgnored(file.Key)).ToDictionary();
        foreach (var parts in Resources.GroupBy(resource => resource.Path))
        {
            var path = parts.Key == SingleFile && present.Count == 1 ? present.Keys.Single() : parts.Key;
            if (!present.Remove(path, out var open))
            {
                refusals.Add(SigstoreRefusal.ModelFileMissing);
            }
            else if (!Matches(open, [.. parts.OrderBy(part => part.Start)]))
            {
                refusals.Add(SigstoreRefusal.ModelFileChanged);
            }
        }

        // A file without bytes has no shard, so nothing can list it.
        if (present.Values.Any(open => ShardSize is null || !IsEmpty(open)))
        {
            refusals.Add(SigstoreRefusal.ModelFileUnlisted);
        }

        return [.. refusals];
    }

    /// <summary>The manifest of a statement, or why there is none.</summary>
    internal static SigstoreRefusal Read(InToto statement, out ModelManifest? manifest)
    {
        manifest = null;
        if (statement is not { SubjectCount: 1, Subjects: [var subject], Predicate: { } predicate })
        {
            return SigstoreRefusal.ModelSubject;
        }

        var serialization = predicate.Member("serialization");
        var method = serialization?.MemberText("method");
        var shardSize = method == "shards" ? Whole(serialization?.Member("shard_size")) : null;
        if (serialization?.MemberText("hash_type") != "sha256" || (method != "files" && shardSize is not > 0))
        {
            return SigstoreRefusal.SerializationNotSupported;
        }

        var listed = predicate.List("resources").ToList();
        var algorithm = shardSize is { } size ? $"sha256-sharded-{size}" : "sha256";
        if (listed.Any(resource => resource.MemberText("algorithm") != algorithm))
        {
            return SigstoreRefusal.SerializationNotSupported;
        }

        var resources = listed.Select(entry => ModelResource.Read(entry, shardSize)).OfType<ModelResource>().ToList();
        if (
            resources.Count != listed.Count
            || resources.DistinctBy(resource => (resource.Path, resource.Start)).Count() != listed.Count
            || resources.Any(resource => !IsInside(resource.Path))
        )
        {
            return SigstoreRefusal.ModelResourceName;
        }

        var root = new MerkleHash(SHA256.HashData([.. resources.SelectMany(resource => resource.Digest.ToArray())]));
        if (root != subject.Digest)
        {
            return SigstoreRefusal.ModelRoot;
        }

        var ignored = serialization.Value.List("ignore_paths").Select(path => path.AsText()).OfType<string>();
        manifest = new ModelManifest(subject.Name, root, shardSize, [.. ignored], resources);
        return SigstoreRefusal.None;
    }

    private bool IsIgnored(string path) =>
        IgnoredPaths.Any(ignored => path == ignored || path.StartsWith(ignored + "/", StringComparison.Ordinal));

    // Shards have to cover the file from its first to its last byte.
    private static bool Matches(Func<Stream> open, List<ModelResource> parts)
    {
        using var stream = open();
        var position = 0L;
        foreach (var part in parts)
        {
            var (digest, length) = Digest(stream, part.End - position ?? long.MaxValue);
            if (part.Start != position || digest != part.Digest || (part.End is { } end && position + length != end))
            {
                return false;
            }

            position += length;
        }

        return stream.ReadByte() < 0;
    }

    private static (MerkleHash Digest, long Length) Digest(Stream stream, long limit)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[64 * 1024];
        var length = 0L;
        while (
            length < limit && stream.Read(buffer, 0, (int)Math.Min(buffer.Length, limit - length)) is > 0 and var read
        )
        {
            hash.AppendData(buffer, 0, read);
            length += read;
        }

        return (new MerkleHash(hash.GetHashAndReset()), length);
    }

    private static bool IsEmpty(Func<Stream> open)
    {
        using var stream = open();
        return stream.ReadByte() < 0;
    }

    private static bool IsInside(string path) =>
        path == SingleFile
        || (
            !path.Contains('\\', StringComparison.Ordinal)
            && path.Split('/').All(part => part is not ("" or "." or ".."))
        );

    // Python writes a whole number as 1000000000.0 where it was computed as a float.
    private static long? Whole(JsonElement? number) =>
        number is { ValueKind: JsonValueKind.Number } value
        && value.TryGetDouble(out var real)
        && real is > 0 and < 1L << 53
        && double.IsInteger(real)
            ? (long)real
            : null;
}

/// <summary>A signed file or shard.</summary>
/// <param name="Path">Relative to the model's folder; <c>.</c> where the model is one file.</param>
/// <param name="Start">First byte.</param>
/// <param name="End">The byte after the last one; null for all of the file.</param>
public sealed record ModelResource(string Path, long Start, long? End, MerkleHash Digest)
{
    internal static ModelResource? Read(JsonElement resource, long? shardSize)
    {
        if (
            resource.MemberText("name") is not { Length: > 0 } name
            || !MerkleHash.TryParse(resource.MemberText("digest"), out var digest)
        )
        {
            return null;
        }

        if (shardSize is not { } size)
        {
            return new ModelResource(name, 0, null, digest);
        }

        // path:start:end, where the path may hold colons itself.
        return
            name.Split(':') is [.. { Length: > 0 } path, var from, var to]
            && long.TryParse(from, NumberStyles.None, CultureInfo.InvariantCulture, out var start)
            && long.TryParse(to, NumberStyles.None, CultureInfo.InvariantCulture, out var end)
            && start < end
            && end - start <= size
            ? new ModelResource(string.Join(':', path), start, end, digest)
            : null;
    }
}
