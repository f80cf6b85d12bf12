using System.Text;
using Lace.Evidence.Fingerprints;

namespace Lace.Cli.Exclusion;

/// <summary>Where in a text fingerprints were found: neighbours that touch are one span.</summary>
internal static class MatchedSpans
{
    private const int ExcerptBytes = 72;

    public static IReadOnlyList<MatchedSpan> Of(
        ReadOnlySpan<byte> text,
        IReadOnlyList<TextWindow> windows,
        IReadOnlyList<bool> hits
    )
    {
        var spans = new List<(int Start, int End)>();
        for (var i = 0; i < windows.Count; i++)
        {
            if (!hits[i])
            {
                continue;
            }

            if (spans.Count > 0 && (spans[^1].End >= windows[i].Start || hits[i - 1]))
            {
                spans[^1] = (spans[^1].Start, Math.Max(spans[^1].End, windows[i].End));
            }
            else
            {
                spans.Add((windows[i].Start, windows[i].End));
            }
        }

        var found = new List<MatchedSpan>();
        foreach (var (start, end) in spans)
        {
            found.Add(new MatchedSpan(start, end, Excerpt(text[start..end])));
        }

        return found;
    }

    private static string Excerpt(ReadOnlySpan<byte> span)
    {
        var cut = Encoding.UTF8.GetString(span[..Math.Min(span.Length, ExcerptBytes)]);
        var line = new string([.. cut.Select(c => char.IsControl(c) ? ' ' : c)]);
        return span.Length > ExcerptBytes ? line + "…" : line;
    }
}
