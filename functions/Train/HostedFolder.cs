namespace Lace.Functions.Train;

/// <summary>A folder of the operator's, in which callers name what they use and out of which no name leads.</summary>
internal sealed class HostedFolder(string root)
{
    private const int MaxSegments = 8;

    public string Root { get; } = Path.GetFullPath(root);

    /// <summary>Where a name such as <c>org/name</c> leads; null where it is no name, or leads out of the folder by a link.</summary>
    /// <remarks>Segments are letters, digits and <c>. _ -</c>, and none begins with a dot. Whether something is there is not looked at.</remarks>
    public string? Find(string name)
    {
        var segments = name.Split('/');
        if (segments.Length > MaxSegments || !segments.All(IsSegment))
        {
            return null;
        }

        var path = Root;
        foreach (var segment in segments)
        {
            path = Path.Combine(path, segment);
            if (LeadsOut(path))
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

    private bool LeadsOut(string path)
    {
        var there = new FileInfo(path);
        return there.LinkTarget is not null
            && there.ResolveLinkTarget(returnFinalTarget: true) is { } target
            && !target.FullName.StartsWith(Root + Path.DirectorySeparatorChar, StringComparison.Ordinal);
    }
}
