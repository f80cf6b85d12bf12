using System.Text;

namespace Lace.Benchmarks;

/// <summary>Text that looks like language to a byte model: Zipf-distributed made-up words in sentences, from a seed.</summary>
internal sealed class WordModel
{
    private static readonly string[] Onsets =
    [
        "",
        "b",
        "c",
        "d",
        "f",
        "g",
        "h",
        "k",
        "l",
        "m",
        "n",
        "p",
        "r",
        "s",
        "t",
        "v",
        "w",
        "st",
        "tr",
        "pl",
        "th",
        "sh",
        "gr",
    ];
    private static readonly string[] Vowels = ["a", "e", "i", "o", "u", "ea", "ou", "ie", "é"];
    private static readonly string[] Codas = ["", "", "", "n", "r", "s", "t", "l", "m", "nd", "st", "ck", "ng"];

    private readonly Random random;
    private readonly byte[][] words;

    public WordModel(int seed, int vocabulary = 30_000)
    {
        random = new Random(seed);
        words =
        [
            .. Enumerable
                .Range(0, vocabulary)
                .Select(i => Encoding.UTF8.GetBytes(NewWord(1 + (int)Math.Log(i + 2, 12)))),
        ];
    }

    /// <summary>Writes JSON Lines with a <c>text</c> member of 100 to 2,500 bytes until there are <paramref name="size"/> bytes.</summary>
    public void WriteJsonLines(Stream output, long size)
    {
        using var buffer = new BufferedStream(output, 1 << 20);
        for (long written = 0, id = 0; written < size; id++)
        {
            var record = Record(id);
            buffer.Write(record);
            written += record.Length;
        }
    }

    private ReadOnlySpan<byte> Record(long id)
    {
        var record = new MemoryStream(4096);
        record.Write(Encoding.ASCII.GetBytes($"{{\"id\":{id},\"text\":\""));
        var end = record.Length + random.Next(100, 2500);
        for (var sentence = 0; record.Length < end; sentence++)
        {
            for (var left = random.Next(4, 18); left > 0; left--)
            {
                record.Write(words[(int)Math.Exp(random.NextDouble() * Math.Log(words.Length - 1))]);
                record.Write(
                    left > 1 ? " "u8
                    : random.Next(12) == 0 ? "?\\n"u8
                    : ". "u8
                );
            }

            if (random.Next(20) == 0)
            {
                record.Write(Encoding.ASCII.GetBytes($"({random.Next(1900, 2030)}) "));
            }
        }

        record.Write("\"}\n"u8);
        return record.GetBuffer().AsSpan(0, (int)record.Length);
    }

    private string NewWord(int syllables) =>
        string.Concat(Enumerable.Range(0, syllables).Select(_ => Pick(Onsets) + Pick(Vowels) + Pick(Codas)));

    private string Pick(string[] parts) => parts[random.Next(parts.Length)];
}
