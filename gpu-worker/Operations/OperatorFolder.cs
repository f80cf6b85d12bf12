namespace Lace.Worker.Operations;

/// <summary>A folder of the operator's, in which callers name what they use and out of which no name leads.</summary>
internal static class OperatorFolder
{
    private const int MaxSegments = 8;

    /// <summary>Where a name such as <c>org/name</c> leads; null where it is no name, or a link on the way leads out of the folder.</summary>
    public static string? Find(string root, string name)
    {
        var segments = name.Split('/');
        if (segments.Length > MaxSegments || !segments.All(IsSegment))
        {
            return null;
        }

        var path = root;
        foreach (var segment in segments)
        {
            path = Path.Combine(path, segment);
            if (LeadsOut(root, path))
            {
                return null;
            }
        }

        return path;
    }

    private static bool IsSegment(string segment) =>
        segment is { Length: > 0 and <= 100 }
        && segment[0] != '.'
        && segment.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-');

    private static bool LeadsOut(string root, string path)
    {
        var there = new FileInfo(path);
        return there.LinkTarget is not null
            && there.ResolveLinkTarget(returnFinalTarget: true) is { } target
            && !target.FullName.StartsWith(root + Path.DirectorySeparatorChar, StringComparison.Ordinal);
    }
}
