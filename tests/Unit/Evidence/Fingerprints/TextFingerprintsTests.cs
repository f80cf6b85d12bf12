using System.Text;
using Lace.Cryptography.Hashing;
using Lace.Evidence.Fingerprints;

namespace Lace.Tests.Evidence.Fingerprints;

public sealed class TextFingerprintsTests
{
    private static readonly byte[] Salt = [.. Enumerable.Range(0, 16).Select(i => (byte)i)];
    private static readonly FingerprintSettings Private = new(FingerprintTier.Private, Salt);
    private static readonly FingerprintSettings Public = new(FingerprintTier.Public, Salt);

    private const string Sentence =
        "The records of the harbour master were kept in a cold room behind the customs house, and nobody had opened the older ledgers since the flood of that year.";

    [Fact]
    public void Are_the_salted_hashes_of_the_chosen_grams()
    {
        var text = Encoding.UTF8.GetBytes(Sentence);
        var fingerprints = new List<ulong>();
        var maker = new TextFingerprints(Private);
        maker.Add(text, fingerprints);
        var normalised = new TextNormalizer().Normalize(text).ToArray();
        var expected = NaiveFingerprints
            .Select(normalised)
            .Select(at => new SipHash24(Salt).Hash(normalised.AsSpan(at, 48)));
        Assert.Equal(expected, fingerprints);
        Assert.Equal(fingerprints, maker.Of(text, out _).Select(window => window.Fingerprint));
        Assert.Equal(normalised.Length, maker.NormalizedLength);
    }

    [Fact]
    public void Do_not_depend_on_case_punctuation_and_spacing() =>
        Assert.Equal(
            Of(Private, Sentence),
            Of(
                Private,
                "  "
                    + Sentence.ToUpperInvariant().Replace(" ", " -\n", StringComparison.Ordinal).Replace(',', ';')
                    + "!!"
            )
        );

    [Fact]
    public void Depend_on_the_salt() =>
        Assert.Empty(Of(Private, Sentence).Intersect(Of(Private with { Salt = new byte[16] }, Sentence)));

    [Fact]
    public void Windows_say_where_in_the_text_they_are()
    {
        var text = Encoding.UTF8.GetBytes("¡¡ " + Sentence + " " + Sentence.ToUpperInvariant());
        var normalised = Encoding.UTF8.GetString(new TextNormalizer().Normalize(text));
        var windows = new TextFingerprints(Private).Of(text, out _);
        Assert.True(windows.Count > 3);
        foreach (var window in windows)
        {
            var gram = normalised.Substring(window.Place, 48).Trim();
            Assert.Equal(
                gram,
                Encoding.UTF8.GetString(new TextNormalizer().Normalize(text.AsSpan(window.Start..window.End)))
            );
        }
    }

    [Theory]
    [InlineData("write to jane.doe+lace@mail.example.org before noon")]
    [InlineData("call +49 (0)30 1234-567 before noon")]
    [InlineData("call 030/1234567 before noon or later")]
    [InlineData("call (212) 555-0100 22 before noon or later")]
    [InlineData("pay to DE89 3704 0044 0532 0130 00 before noon")]
    [InlineData("pay to GB82WEST12345698765432 before noon")]
    public void A_public_filter_leaves_out_what_may_be_personal(string middle)
    {
        var text =
            $"Somebody wrote this on a piece of paper and {middle} somebody else will have found it under the old tree behind the mill";
        var windows = new TextFingerprints(Public).Of(Encoding.UTF8.GetBytes(text), out var skipped);
        Assert.True(skipped.Personal > 0);
        Assert.Equal(Of(Private, text).Count, windows.Count + skipped.All);
    }

    [Theory]
    [InlineData(
        "Nothing of this looks like an address @ all, not even at 10:30 on the 12th of May 1999 or in section 12.4.1 of the handbook, chapter one"
    )]
    [InlineData(
        "An at sign without a domain user@host and a short number 0301 do not count, nor does a DE12 or XX00 alone in a line of that text here"
    )]
    public void And_keeps_what_is_not(string text)
    {
        _ = new TextFingerprints(Public).Of(Encoding.UTF8.GetBytes(text), out var skipped);
        Assert.Equal(0, skipped.Personal);
    }

    [Fact]
    public void A_public_filter_leaves_out_numbers_and_repetitions()
    {
        _ = new TextFingerprints(Public).Of(
            Encoding.UTF8.GetBytes(string.Join(" a ", Enumerable.Range(100, 60))),
            out var numbers
        );
        Assert.True(numbers.Digits > 0);
        _ = new TextFingerprints(Public).Of(
            Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("ha ", 100))),
            out var repeated
        );
        Assert.True(repeated.Repetitive > 0 && repeated.Repetitive == repeated.All);
    }

    [Fact]
    public void A_private_filter_leaves_out_nothing()
    {
        _ = new TextFingerprints(Private).Of(
            Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("ha ", 100))),
            out var skipped
        );
        Assert.Equal(default, skipped);
    }

    [Fact]
    public void What_a_keyed_filter_holds_depends_on_its_key()
    {
        using var one = new KeyedFingerprints(new byte[32]);
        using var other = new KeyedFingerprints([1, .. new byte[31]]);
        Assert.NotEqual(one.Of(7), other.Of(7));
        Assert.Equal(one.Of(7), one.Of(7));
        var mac = System.Security.Cryptography.HMACSHA256.HashData(new byte[32], BitConverter.GetBytes(7UL));
        Assert.Equal(BitConverter.ToUInt64(mac), one.Of(7));
        Assert.NotEqual(KeyedFingerprints.Commit(new byte[32]), KeyedFingerprints.Commit([1, .. new byte[31]]));
    }

    private static List<ulong> Of(FingerprintSettings settings, string text)
    {
        var fingerprints = new List<ulong>();
        new TextFingerprints(settings).Add(Encoding.UTF8.GetBytes(text), fingerprints);
        return fingerprints;
    }
}
