using System.Diagnostics.CodeAnalysis;

namespace Lace.Evidence.Transparency.Notes;

/// <summary>A text with signature lines (C2SP signed-note). Parsing checks the form only: see <see cref="Verify"/>.</summary>
/// <param name="Text">What is signed, with its last newline.</param>
/// <param name="Signatures">In the order of the lines.</param>
public sealed record SignedNote(string Text, IReadOnlyList<NoteSignature> Signatures)
{
    /// <summary>Most signature lines; C2SP asks for at least 16.</summary>
    public const int MaxSignatures = 32;

    /// <summary>Most bytes of a note: room for as many post-quantum lines of 5 kB.</summary>
    public const int MaxBytes = 192 * 1024;

    /// <summary>Reads a note from UTF-8. False if it is malformed, too large, or has no signature line.</summary>
    public static bool TryParse(ReadOnlySpan<byte> utf8, [NotNullWhen(true)] out SignedNote? note)
    {
        note = null;
        return NoteText.Decode(utf8, MaxBytes) is { } text && TryParse(text, out note);
    }

    /// <summary>Reads a note. False if it is malformed, too large, or has no signature line.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out SignedNote? note)
    {
        note = null;
        if (text is not { Length: <= MaxBytes } || !NoteText.IsPlain(text))
        {
            return false;
        }

        // The last empty line separates: the text may hold empty lines of its own.
        var separator = text.LastIndexOf("\n\n", StringComparison.Ordinal);
        if (separator < 0 || ParseLines(text[(separator + 2)..]) is not { } signatures)
        {
            return false;
        }

        note = new SignedNote(text[..(separator + 1)], signatures);
        return true;
    }

    /// <summary>Reads signature lines alone from UTF-8, as a witness answers; null if there is none, too many, or one is malformed.</summary>
    public static IReadOnlyList<NoteSignature>? ParseLines(ReadOnlySpan<byte> utf8) =>
        NoteText.Decode(utf8, MaxBytes) is { } lines && NoteText.IsPlain(lines) ? ParseLines(lines) : null;

    /// <summary>The same note with more signature lines at its end.</summary>
    public SignedNote With(IEnumerable<NoteSignature> more) => this with { Signatures = [.. Signatures, .. more] };

    /// <summary>Which of the known keys signed the text.</summary>
    /// <remarks>
    /// Lines of other keys are ignored. A line of a known key that does not verify rejects the note, however many others do;
    /// so does a note without any good line.
    /// </remarks>
    public NoteVerification Verify(IEnumerable<VerifierKey> knownKeys)
    {
        ArgumentNullException.ThrowIfNull(knownKeys);
        var verified = new List<VerifiedSignature>();
        foreach (var key in knownKeys)
        {
            foreach (var line in Signatures.Where(line => line.IsOf(key)))
            {
                if (NoteSigning.Verify(key, Text, line) is not { } time)
                {
                    return new NoteVerification(NoteVerdict.BadSignature, []);
                }

                verified.Add(new VerifiedSignature(key, line, time));
            }
        }

        return verified.Count == 0
            ? new NoteVerification(NoteVerdict.NoKnownSignature, [])
            : new NoteVerification(NoteVerdict.Verified, verified);
    }

    /// <summary>The note in the form that <see cref="TryParse(string, out SignedNote)"/> reads.</summary>
    public override string ToString() => $"{Text}\n{string.Concat(Signatures)}";

    private static NoteSignature[]? ParseLines(string lines)
    {
        if (lines.Split('\n', MaxSignatures + 2) is not [_, .., ""] parts)
        {
            return null;
        }

        var signatures = parts[..^1].Select(NoteSignature.Parse).OfType<NoteSignature>().ToArray();
        return signatures.Length == parts.Length - 1 && signatures.Length <= MaxSignatures ? signatures : null;
    }
}
