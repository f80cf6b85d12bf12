using System.Buffers;

namespace Lace.Evidence.Fingerprints;

/// <summary>Finds what looks like an e-mail address, a telephone number or an IBAN in a text as it stands, before normalisation. Belongs to one thread.</summary>
internal sealed class PersonalPatterns
{
    private const int MinPhoneDigits = 8;
    private const int MaxPhoneDigits = 15;
    private const int MinIban = 15;
    private const int MaxIban = 34;

    private static readonly SearchValues<byte> Signs = SearchValues.Create("@+(0123456789"u8);

    private readonly List<(int Start, int End)> found = [];

    /// <summary>Where they are, ascending, none over another; valid until the next call.</summary>
    public IReadOnlyList<(int Start, int End)> Find(ReadOnlySpan<byte> text)
    {
        found.Clear();
        var floor = 0;
        for (var at = 0; text[at..].IndexOfAny(Signs) is >= 0 and var distance; at = Math.Max(at + 1, floor))
        {
            at += distance;
            // The check digits of an IBAN are what is found of it; it begins two letters before.
            var start = text[at] is (byte)'@' or (byte)'+' or (byte)'(' ? at : Math.Max(floor, at - 2);
            var end =
                text[at] == (byte)'@' ? Email(text, ref start, floor)
                : IsStart(text, at) ? Phone(text, start = at)
                : IsStart(text, start) ? Iban(text, start)
                : start;
            if (end > start)
            {
                found.Add((start, end));
                floor = end;
            }
        }

        return found;
    }

    internal static bool IsStart(ReadOnlySpan<byte> text, int at) => at == 0 || !IsWord(text[at - 1]);

    // From the @ both ways. What was found before ends at the floor.
    internal static int Email(ReadOnlySpan<byte> text, ref int at, int floor)
    {
        var (start, end) = (at, at + 1);
        while (
            start > floor
            && (IsWord(text[start - 1]) || text[start - 1] is (byte)'.' or (byte)'-' or (byte)'+' or (byte)'%')
        )
        {
            start--;
        }

        var dot = false;
        while (end < text.Length && (IsWord(text[end]) || text[end] is (byte)'.' or (byte)'-'))
        {
            dot |= text[end] == (byte)'.' && end + 1 < text.Length && IsWord(text[end + 1]);
            end++;
        }

        if (start == at || !dot)
        {
            return at;
        }

        at = start;
        return end;
    }

    // +49 (0)30 123-456, 030/1234567, (212) 555-0100: begins with +, 0 or (, and has 8 to 15 digits with single separators between.
    internal static int Phone(ReadOnlySpan<byte> text, int at)
    {
        if (text[at] is not ((byte)'+' or (byte)'0' or (byte)'('))
        {
            return at;
        }

        var (digits, end, separators) = (0, at, 0);
        for (var i = at; i < text.Length && digits <= MaxPhoneDigits && separators <= 2; i++)
        {
            if (char.IsAsciiDigit((char)text[i]))
            {
                (digits, end, separators) = (digits + 1, i + 1, 0);
            }
            else if (
                text[i] is (byte)' ' or (byte)'-' or (byte)'.' or (byte)'/' or (byte)'(' or (byte)')'
                || (text[i] == (byte)'+' && i == at)
            )
            {
                separators++;
            }
            else
            {
                break;
            }
        }

        return digits is >= MinPhoneDigits and <= MaxPhoneDigits ? end : at;
    }

    // Two letters, two check digits, letters and digits in groups or not, and the remainder of ISO 13616.
    internal static int Iban(ReadOnlySpan<byte> text, int at)
    {
        if (
            at + 4 > text.Length
            || !char.IsAsciiLetterUpper((char)text[at])
            || !char.IsAsciiLetterUpper((char)text[at + 1])
            || !char.IsAsciiDigit((char)text[at + 2])
            || !char.IsAsciiDigit((char)text[at + 3])
        )
        {
            return at;
        }

        Span<byte> characters = stackalloc byte[MaxIban];
        var (count, end) = (0, at);
        for (var i = at; i < text.Length && count < MaxIban; i++)
        {
            if (char.IsAsciiLetterUpper((char)text[i]) || char.IsAsciiDigit((char)text[i]))
            {
                characters[count++] = text[i];
                // The longest that holds counts: what follows may be a word in capitals.
                end = count >= MinIban && Remainder(characters[..count]) == 1 ? i + 1 : end;
            }
            else if (text[i] != (byte)' ' || text[i - 1] == (byte)' ')
            {
                break;
            }
        }

        return end;
    }

    private static int Remainder(ReadOnlySpan<byte> characters)
    {
        var remainder = 0;
        for (var i = 0; i < characters.Length; i++)
        {
            var symbol = characters[(i + 4) % characters.Length];
            var value = char.IsAsciiDigit((char)symbol) ? symbol - '0' : symbol - 'A' + 10;
            remainder = ((remainder * (value > 9 ? 100 : 10)) + value) % 97;
        }

        return remainder;
    }

    private static bool IsWord(byte symbol) =>
        char.IsAsciiLetterOrDigit((char)symbol) || symbol == (byte)'_' || symbol >= 0x80;
}
