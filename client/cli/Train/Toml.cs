using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Lace.Cli.Train;

/// <summary>The part of TOML 1.0 that configuration files use, read into the JSON that it means.</summary>
/// <remarks>
/// Tables, strings on one line, whole and decimal numbers, booleans, arrays, inline tables. Refused with line and cause: dates, arrays of
/// tables, dotted keys, strings over several lines, and a key that is given twice.
/// </remarks>
internal sealed class Toml
{
    private readonly string text;
    private int position;

    private Toml(string text) => this.text = text;

    /// <exception cref="FormatException">It is not that; the message begins with the line.</exception>
    public static JsonObject Parse(string text)
    {
        var toml = new Toml(text.ReplaceLineEndings("\n"));
        var root = new JsonObject();
        var table = root;
        for (toml.SkipBlank(); !toml.AtEnd; toml.SkipBlank())
        {
            if (toml.Peek == '[')
            {
                table = toml.TableHeader(root);
            }
            else
            {
                toml.Pair(table);
            }

            toml.EndLine();
        }

        return root;
    }

    private bool AtEnd => position >= text.Length;

    private char Peek => AtEnd ? '\0' : text[position];

    private JsonObject TableHeader(JsonObject root)
    {
        position++;
        var table = root;
        var isNew = false;
        do
        {
            SkipSpaces();
            var key = Key();
            isNew = !table.ContainsKey(key);
            if (isNew)
            {
                table[key] = new JsonObject();
            }

            table = table[key] as JsonObject ?? throw Fail($"{key} is no table");
            SkipSpaces();
        } while (Take('.'));
        Expect(']');
        return isNew || table.Count == 0 ? table : throw Fail("this table is there twice");
    }

    private void Pair(JsonObject table)
    {
        var key = Key();
        SkipSpaces();
        Expect('=');
        SkipSpaces();
        if (!table.TryAdd(key, Value()))
        {
            throw Fail($"{key} is given twice");
        }
    }

    private string Key()
    {
        if (Peek is '"' or '\'')
        {
            return QuotedText();
        }

        var start = position;
        while (char.IsAsciiLetterOrDigit(Peek) || Peek is '_' or '-')
        {
            position++;
        }

        return position > start ? text[start..position] : throw Fail("a key was expected, as in key = value");
    }

    private JsonNode? Value() =>
        Peek switch
        {
            '"' or '\'' => JsonValue.Create(QuotedText()),
            '[' => Array(),
            '{' => InlineTable(),
            _ => Word(),
        };

    private JsonArray Array()
    {
        position++;
        var items = new JsonArray();
        for (SkipBlank(); !Take(']'); SkipBlank())
        {
            items.Add(Value());
            SkipBlank();
            if (!Take(','))
            {
                Expect(']');
                break;
            }
        }

        return items;
    }

    private JsonObject InlineTable()
    {
        position++;
        var table = new JsonObject();
        SkipSpaces();
        if (Take('}'))
        {
            return table;
        }

        do
        {
            SkipSpaces();
            Pair(table);
            SkipSpaces();
        } while (Take(','));
        Expect('}');
        return table;
    }

    private JsonValue Word()
    {
        var start = position;
        while (char.IsAsciiLetterOrDigit(Peek) || Peek is '+' or '-' or '.' or '_' or ':')
        {
            position++;
        }

        var word = text[start..position];
        var digits = word.Replace("_", "", StringComparison.Ordinal);
        return word switch
        {
            "true" => JsonValue.Create(true),
            "false" => JsonValue.Create(false),
            _ when long.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) =>
                JsonValue.Create(whole),
            _ when char.IsAsciiDigit(word.LastOrDefault()) && Number(digits) is { } number => JsonValue.Create(number),
            _ => throw Fail(word.Length == 0 ? "a value was expected" : $"'{word}' is no value: texts stand in quotes"),
        };
    }

    private static double? Number(string digits) =>
        double.TryParse(
            digits,
            NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent,
            CultureInfo.InvariantCulture,
            out var number
        ) && double.IsFinite(number)
            ? number
            : null;

    private string QuotedText()
    {
        var quote = text[position++];
        var value = new StringBuilder();
        while (!Take(quote))
        {
            if (AtEnd || char.IsControl(Peek) && Peek != '\t')
            {
                throw Fail("a text ends on the line on which it begins");
            }

            var character = text[position++];
            value.Append(quote == '"' && character == '\\' ? Escaped() : character.ToString());
        }

        return value.ToString();
    }

    private string Escaped()
    {
        var kind = AtEnd ? '\0' : text[position++];
        var length = kind switch
        {
            'u' => 4,
            'U' => 8,
            _ => 0,
        };
        if (length == 0)
        {
            return kind switch
            {
                'n' => "\n",
                't' => "\t",
                'r' => "\r",
                '"' or '\\' => kind.ToString(),
                _ => throw Fail($"\\{kind} is no escape: \\n, \\t, \\r, \\\", \\\\ or \\u0000"),
            };
        }

        var end = Math.Min(text.Length, position + length);
        var isCode = int.TryParse(text[position..end], NumberStyles.AllowHexSpecifier, null, out var code);
        position = end;
        return isCode && Rune.IsValid(code) ? new Rune(code).ToString() : throw Fail("this is no character's code");
    }

    private void EndLine()
    {
        SkipSpaces();
        if (Peek == '#')
        {
            SkipComment();
        }

        if (!AtEnd && !Take('\n'))
        {
            throw Fail($"'{Peek}' was not expected here");
        }
    }

    private void SkipSpaces()
    {
        while (Peek is ' ' or '\t')
        {
            position++;
        }
    }

    private void SkipComment()
    {
        while (!AtEnd && Peek != '\n')
        {
            position++;
        }
    }

    /// <summary>Spaces, ends of lines and comments.</summary>
    private void SkipBlank()
    {
        for (; ; )
        {
            SkipSpaces();
            if (Peek == '#')
            {
                SkipComment();
            }
            else if (!Take('\n'))
            {
                return;
            }
        }
    }

    private bool Take(char character)
    {
        if (AtEnd || text[position] != character)
        {
            return false;
        }

        position++;
        return true;
    }

    private void Expect(char character)
    {
        if (!Take(character))
        {
            throw Fail($"'{character}' was expected");
        }
    }

    private FormatException Fail(string cause) =>
        new($"line {text.AsSpan(0, Math.Min(position, text.Length)).Count('\n') + 1}: {cause}");
}
