using System.Diagnostics;

namespace Lace.Functions.Lambda;

/// <summary>Where a call stands in a trace of X-Ray: <c>Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1</c>.</summary>
/// <param name="Header">As it came, for calls to other services of AWS.</param>
/// <param name="Context">The same for .NET: a trace id of X-Ray is one of W3C with other punctuation.</param>
internal sealed record XRayTrace(string Header, ActivityContext Context)
{
    /// <summary>Null for anything else.</summary>
    public static XRayTrace? Parse(string? header)
    {
        string? root = null;
        string? parent = null;
        var sampled = false;
        foreach (var part in (header ?? "").Split(';', StringSplitOptions.TrimEntries))
        {
            if (part.StartsWith("Root=", StringComparison.Ordinal))
            {
                root = part["Root=".Length..];
            }
            else if (part.StartsWith("Parent=", StringComparison.Ordinal))
            {
                parent = part["Parent=".Length..];
            }
            else
            {
                sampled |= part == "Sampled=1";
            }
        }

        // A segment that begins a trace has no parent; W3C has no such context, so the root's own digits stand for it.
        return
            root?.Split('-') is ["1", { Length: 8 } time, { Length: 24 } unique]
            && IsHex(time + unique)
            && (parent ?? unique[..16]) is { Length: 16 } span
            && IsHex(span)
            ? new XRayTrace(
                header!,
                new ActivityContext(
                    ActivityTraceId.CreateFromString(time + unique),
                    ActivitySpanId.CreateFromString(span),
                    sampled ? ActivityTraceFlags.Recorded : ActivityTraceFlags.None,
                    isRemote: true
                )
            )
            : null;
    }

    private static bool IsHex(string text) => text.All(char.IsAsciiHexDigitLower);
}
