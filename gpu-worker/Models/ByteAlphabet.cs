using System.Text;

namespace Lace.Worker.Models;

/// <summary>GPT-2's way to write any byte as one visible character, which the tokens of a byte-level vocabulary are spelled in.</summary>
internal static class ByteAlphabet
{
    private static readonly char[] Chars = Make();
    private static readonly Dictionary<char, byte> Bytes = Chars
        .Select((c, i) => (c, (byte)i))
        .ToDictionary(pair => pair.c, pair => pair.Item2);

    public static char CharOf(byte value) => Chars[value];

    public static string Spell(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder(bytes.Length);
        foreach (var value in bytes)
        {
            text.Append(Chars[value]);
        }

        return text.ToString();
    }

    /// <summary>Null where a character is none of the alphabet.</summary>
    public static byte[]? TryRead(string spelled)
    {
        var bytes = new byte[spelled.Length];
        for (var i = 0; i < bytes.Length; i++)
        {
            if (!Bytes.TryGetValue(spelled[i], out bytes[i]))
            {
                return null;
            }
        }

        return bytes;
    }

    /// <summary>Printable Latin-1 stands for itself, the others follow each other from U+0100.</summary>
    private static char[] Make()
    {
        var next = 0x100;
        var chars = new char[256];
        for (var i = 0; i < 256; i++)
        {
            chars[i] = i is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or >= 0xAE ? (char)i : (char)next++;
        }

        return chars;
    }
}
