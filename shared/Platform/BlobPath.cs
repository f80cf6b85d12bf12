using System.Buffers;

namespace Lace.Platform;

/// <summary>What a path may be, so that it means the same on a file system and in a bucket.</summary>
internal static class BlobPath
{
    public const int Characters = 512;
    public const int SegmentCharacters = 200;

    private static readonly SearchValues<char> Allowed = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-~"
    );

    public static void Check(BlobKey key)
    {
        ItemLimits.CheckTenant(key.Tenant);
        ArgumentNullException.ThrowIfNull(key.Path);
        if (key.Path.Length > Characters || !key.Path.Split('/').All(IsSegment))
        {
            throw new ArgumentException($"Not a blob path: {Printable(key.Path)}", nameof(key));
        }
    }

    public static void CheckPrefix(TenantId tenant, string prefix)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        if (prefix.Length > 0 && !prefix.EndsWith('/'))
        {
            throw new ArgumentException("A prefix is empty or ends at a slash.", nameof(prefix));
        }

        Check(new BlobKey(tenant, prefix.Length == 0 ? "all" : prefix[..^1]));
    }

    public static bool IsSegment(string segment) =>
        segment.Length is > 0 and <= SegmentCharacters
        && segment is not ("." or "..")
        && !segment.AsSpan().ContainsAnyExcept(Allowed);

    private static string Printable(string path) =>
        string.Concat(path.Take(100).Select(c => char.IsAscii(c) && !char.IsControl(c) ? c : '?'));
}
