using System.Text;

namespace Lace.Evidence.Fingerprints;

/// <summary>
/// Normalisation N1: UTF-8 with U+FFFD for what is none, NFKC, lower case, and every run of what is neither letter nor decimal digit as one
/// space, none at the ends. Pinned to Unicode 14.0.0. Belongs to one thread.
/// </summary>
public sealed class TextNormalizer
{
    // Of an ASCII byte what it becomes: itself, its lower case, or 0 for a space.
    private static readonly byte[] Ascii =
    [
        .. Enumerable
            .Range(0, 128)
            .Select(c => char.IsAsciiLetterOrDigit((char)c) ? (byte)char.ToLowerInvariant((char)c) : (byte)0),
    ];

    private readonly CompatibilityComposition composition = new();
    private readonly UnicodeTables tables = UnicodeTables.Instance;
    private readonly List<int> run = [];
    private byte[] output = new byte[4096];
    private int[] origins = [];
    private int length;
    private bool gap;
    private bool traces;

    /// <summary>What the last call made.</summary>
    internal ReadOnlySpan<byte> Normalized => output.AsSpan(0, length);

    /// <summary>The normalised text, valid until the next call.</summary>
    public ReadOnlySpan<byte> Normalize(ReadOnlySpan<byte> text)
    {
        traces = false;
        (length, gap) = (0, true);
        for (var at = 0; at < text.Length; )
        {
            Ensure(text.Length - at + AsciiNormalizer.Slack);
            at = AsciiNormalizer.Read(text, at, output, ref length, ref gap);
            if (at < text.Length)
            {
                var stable = ReadStable(text, at);
                at = stable > at ? stable : ReadRunBetween(text, at);
            }
        }

        TakeBackSpace();
        return output.AsSpan(0, length);
    }

    /// <summary>The normalised text, and of each of its bytes where in <paramref name="text"/> it comes from; valid until the next call.</summary>
    public ReadOnlySpan<byte> Normalize(ReadOnlySpan<byte> text, out ReadOnlySpan<int> origins)
    {
        traces = true;
        var normalised = Read(text);
        origins = this.origins.AsSpan(0, normalised.Length);
        return normalised;
    }

    private ReadOnlySpan<byte> Read(ReadOnlySpan<byte> text)
    {
        (length, gap) = (0, false);
        for (var at = 0; at < text.Length; )
        {
            Ensure(text.Length - at + 1);
            at = ReadAscii(text, at);
            if (at < text.Length)
            {
                at = ReadRun(text, at);
            }
        }

        return output.AsSpan(0, length);
    }

    // Code points that stay what they are but for their case, to the next ASCII byte. Returns where it began if the first is none of them.
    private int ReadStable(ReadOnlySpan<byte> text, int at)
    {
        Rune.DecodeFromUtf8(text[at..], out var rune, out var consumed);
        while (true)
        {
            var next = at + consumed;
            var current = rune.Value;
            if (next < text.Length)
            {
                Rune.DecodeFromUtf8(text[next..], out rune, out consumed);
            }

            if (!IsStable(current) || (next < text.Length && !IsStable(rune.Value)))
            {
                return at;
            }

            Ensure(8);
            WriteStable(current);
            at = next;
            if (at == text.Length || rune.IsAscii)
            {
                return at;
            }
        }
    }

    private bool IsStable(int code) => (tables.Traits(code) & UnicodeTables.Stable) != 0;

    // Without traces a space is written where the gap begins, and taken back if nothing follows it.
    private void WriteStable(int code)
    {
        var traits = tables.Traits(code);
        var lower = (traits & UnicodeTables.HasLower) != 0 ? tables.Lower(code) : code;
        if ((tables.Traits(lower) & UnicodeTables.Kept) != 0)
        {
            gap = false;
            length += new Rune(lower).EncodeToUtf8(output.AsSpan(length));
        }
        else if (!gap)
        {
            gap = true;
            output[length++] = (byte)' ';
        }
    }

    private int ReadRunBetween(ReadOnlySpan<byte> text, int at)
    {
        TakeBackSpace();
        at = ReadRun(text, at);
        if (gap && length > 0)
        {
            Ensure(1);
            output[length++] = (byte)' ';
        }

        gap |= length == 0;
        return at;
    }

    private void TakeBackSpace() => length -= gap && length > 0 ? 1 : 0;

    // To the last ASCII byte that no mark can compose with: that is followed by another one.
    private int ReadAscii(ReadOnlySpan<byte> text, int at)
    {
        var (to, pending, write) = (output, gap, length);
        for (; at < text.Length && text[at] < 0x80; at++)
        {
            if (at + 1 < text.Length && text[at + 1] >= 0x80)
            {
                break;
            }

            var symbol = Ascii[text[at]];
            if (symbol == 0)
            {
                pending = true;
                continue;
            }

            if (pending && write > 0)
            {
                Trace(write, at);
                to[write++] = (byte)' ';
            }

            pending = false;
            Trace(write, at);
            to[write++] = symbol;
        }

        (gap, length) = (pending, write);
        return at;
    }

    // One code point and all after it that may depend on what stands before them.
    private int ReadRun(ReadOnlySpan<byte> text, int start)
    {
        Rune.DecodeFromUtf8(text[start..], out var rune, out var consumed);
        var at = start + consumed;
        var first = rune.Value;
        run.Clear();
        run.Add(first);
        while (at < text.Length)
        {
            Rune.DecodeFromUtf8(text[at..], out rune, out consumed);
            if ((tables.Traits(rune.Value) & UnicodeTables.Stable) != 0)
            {
                break;
            }

            run.Add(rune.Value);
            at += consumed;
        }

        if (run.Count == 1 && (tables.Traits(first) & UnicodeTables.Stable) != 0)
        {
            Write(first, start);
            return at;
        }

        foreach (var code in composition.Compose(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(run)))
        {
            Write(code, start);
        }

        return at;
    }

    private void Write(int code, int origin)
    {
        var traits = tables.Traits(code);
        var lower = (traits & UnicodeTables.HasLower) != 0 ? tables.Lower(code) : code;
        if ((tables.Traits(lower) & UnicodeTables.Kept) == 0)
        {
            gap = true;
            return;
        }

        Ensure(8);
        if (gap && length > 0)
        {
            Trace(length, origin);
            output[length++] = (byte)' ';
        }

        gap = false;
        var written = new Rune(lower).EncodeToUtf8(output.AsSpan(length));
        for (var i = 0; i < written; i++)
        {
            Trace(length++, origin);
        }
    }

    private void Trace(int at, int origin)
    {
        if (traces)
        {
            origins[at] = origin;
        }
    }

    private void Ensure(int more)
    {
        if (output.Length - length < more)
        {
            Array.Resize(ref output, Math.Max(2 * output.Length, length + more));
        }

        if (traces && origins.Length < output.Length)
        {
            Array.Resize(ref origins, output.Length);
        }
    }
}
