using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Lace.Worker.Models;

/// <summary>
/// Cuts text into the pieces that are turned into tokens one by one. The expressions are the published ones of the models and no
/// others: one that comes with a model is not run.
/// </summary>
internal sealed class TextSplitter
{
    public const string Gpt2Pattern = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    private const string Llama3Pattern =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private const string Qwen2Pattern =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    /// <summary>As GPT-2's on what lies between digits: where one follows, a piece of space ends as at the end of the text.</summary>
    private const string SingleDigitsPattern =
        @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+|\s+(?![^\s\p{N}])|\s+";

    private readonly Regex expression;

    private TextSplitter(string pattern)
    {
        expression = new Regex(pattern, RegexOptions.Compiled | RegexOptions.CultureInvariant);
    }

    public static TextSplitter Gpt2 { get; } = new(Gpt2Pattern);

    /// <summary>Every digit is a piece of its own.</summary>
    public static TextSplitter Gpt2SingleDigits { get; } = new(SingleDigitsPattern);

    /// <exception cref="ModelException">An expression that is not one of the three.</exception>
    public static TextSplitter Of(string pattern) =>
        pattern is Gpt2Pattern or Llama3Pattern or Qwen2Pattern
            ? new TextSplitter(pattern)
            : throw new ModelException(
                $"tokenizer.json: the expression {pattern} is not one of GPT-2, Llama 3 or Qwen 2."
            );

    /// <summary>All of the text, in pieces.</summary>
    public IEnumerable<string> Split(string text)
    {
        var units = Units(text);
        foreach (Match match in expression.Matches(units?.Text ?? text))
        {
            var (begin, end) = (match.Index, match.Index + match.Length);
            yield return units is { } there ? text[there.Starts[begin]..there.Starts[end]] : match.Value;
        }
    }

    /// <summary>
    /// .NET's expressions see two halves of a character beyond U+FFFF, neither of which is a letter. So each such character is shown
    /// to them as another of its category. Null where there is none.
    /// </summary>
    private static (string Text, int[] Starts)? Units(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF'))
        {
            return null;
        }

        var (shown, starts, at) = (new StringBuilder(text.Length), new List<int>(text.Length + 1), 0);
        while (at < text.Length)
        {
            starts.Add(at);
            if (Rune.TryGetRuneAt(text, at, out var rune))
            {
                shown.Append(rune.IsBmp ? (char)rune.Value : Alike(Rune.GetUnicodeCategory(rune)));
                at += rune.Utf16SequenceLength;
            }
            else
            {
                shown.Append('\uFFFD'); // half a character: what its UTF-8 bytes will be
                at++;
            }
        }

        starts.Add(at);
        return (shown.ToString(), [.. starts]);
    }

    private static char Alike(UnicodeCategory category) =>
        category switch
        {
            UnicodeCategory.UppercaseLetter => 'Æ',
            UnicodeCategory.LowercaseLetter => 'æ',
            UnicodeCategory.TitlecaseLetter => 'ǅ',
            UnicodeCategory.ModifierLetter => 'ʰ',
            UnicodeCategory.OtherLetter => 'ƻ',
            UnicodeCategory.DecimalDigitNumber => '\u0660',
            UnicodeCategory.LetterNumber => 'Ⅰ',
            UnicodeCategory.OtherNumber => '²',
            UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark =>
                '\u0300',
            // None of the three expressions tells symbols, punctuation, formats and unassigned characters apart.
            _ => '§',
        };
}
