namespace Lace.Evidence.NearDuplicates;

/// <summary>Scripts that are written without spaces: each of their code points is a token. Blocks of Unicode, pinned: another list would be another scheme.</summary>
internal static class UnspacedScripts
{
    // First and last, ascending.
    private static readonly (int First, int Last)[] Blocks =
    [
        (0x0E00, 0x0E7F), // Thai
        (0x0E80, 0x0EFF), // Lao
        (0x1000, 0x109F), // Myanmar
        (0x1780, 0x17FF), // Khmer
        (0x3005, 0x3005), // ideographic iteration mark
        (0x3040, 0x309F), // Hiragana
        (0x30A0, 0x30FF), // Katakana
        (0x31F0, 0x31FF), // Katakana phonetic extensions
        (0x3400, 0x4DBF), // CJK ideographs, extension A
        (0x4E00, 0x9FFF), // CJK ideographs
        (0xA9E0, 0xA9FF), // Myanmar extended B
        (0xAA60, 0xAA7F), // Myanmar extended A
        (0xF900, 0xFAFF), // CJK compatibility ideographs
        (0x1B000, 0x1B16F), // Kana supplement, extended A, small extension
        (0x20000, 0x3FFFF), // CJK ideographs, extensions B and later
    ];

    public static bool Have(int code)
    {
        foreach (var (first, last) in Blocks)
        {
            if (code <= last)
            {
                return code >= first;
            }
        }

        return false;
    }
}
