using System.Text;
using Lace.Evidence.Fingerprints;

namespace Lace.Tests.Evidence.Fingerprints;

public sealed class PersonalPatternsTests
{
    private static readonly string[] Pieces =
    [
        "DE89 3704 0044 0532 0130 00",
        "GB82WEST12345698765432",
        "jane.doe+lace@mail.example.org",
        "+49 (0)30 1234-567",
        "030/1234567",
        "(212) 555-0100 22",
        "FR14 2004 1010 0505 0001 3M02 606",
        "@",
        "a@b",
        "AB12",
    ];

    [Fact]
    public void Finds_what_looking_at_every_byte_finds()
    {
        var random = new Random(3);
        var patterns = new PersonalPatterns();
        var found = 0;
        for (var i = 0; i < 30_000; i++)
        {
            var text = Text(random);
            var expected = Naive(text);
            Assert.Equal(expected, patterns.Find(text));
            found += expected.Count;
        }

        Assert.True(found > 10_000);
    }

    private static byte[] Text(Random random)
    {
        const string symbols = "@+(0123456789ABZab .-/_\u00e9";
        var text = new StringBuilder();
        for (var left = random.Next(6); left > 0; left--)
        {
            text.Append(random.Next(2) == 0 ? Pieces[random.Next(Pieces.Length)] : "");
            for (var more = random.Next(8); more > 0; more--)
            {
                text.Append(symbols[random.Next(symbols.Length)]);
            }
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static List<(int Start, int End)> Naive(byte[] text)
    {
        var found = new List<(int Start, int End)>();
        for (var at = 0; at < text.Length; )
        {
            var (start, end, floor) = (at, at, found.Count > 0 ? found[^1].End : 0);
            if (text[at] == '@')
            {
                end = PersonalPatterns.Email(text, ref start, floor);
            }
            else if (PersonalPatterns.IsStart(text, at))
            {
                end = Math.Max(PersonalPatterns.Phone(text, at), PersonalPatterns.Iban(text, at));
            }

            if (end > start)
            {
                found.Add((start, end));
            }

            at = Math.Max(at + 1, end);
        }

        return found;
    }
}
