using Lace.Evidence.Fingerprints;

namespace Lace.Tests.Evidence.Fingerprints;

public sealed class WinnowingTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(3, 3)]
    [InlineData(4, 26)]
    public void Equals_the_naive_twin(int seed, int letters)
    {
        var random = new Random(seed);
        for (var i = 0; i < 2_000; i++)
        {
            var text = NaiveFingerprints.Text(random, random.Next(400), letters);
            Assert.Equal(NaiveFingerprints.Select(text), Select(text));
        }
    }

    [Fact]
    public void Equals_the_naive_twin_over_the_ends_of_stretches()
    {
        var random = new Random(8);
        foreach (var letters in (int[])[1, 2, 5, 26])
        {
            for (var length = (3 * GramOrders.Stretch) - 70; length < (3 * GramOrders.Stretch) + 120; length += 7)
            {
                var text = NaiveFingerprints.Text(random, length, letters);
                Assert.Equal(NaiveFingerprints.Select(text), Select(text));
            }
        }
    }

    [Fact]
    public void Has_one_fingerprint_of_a_short_text_and_none_below_a_gram()
    {
        var random = new Random(5);
        foreach (var length in Enumerable.Range(0, 130))
        {
            var text = NaiveFingerprints.Text(random, length, 26);
            var places = Select(text);
            Assert.Equal(NaiveFingerprints.Select(text), places);
            Assert.Equal(length < 48 ? 0 : 1, Math.Min(1, places.Count));
            Assert.True(length >= 112 || places.Count <= 1);
        }
    }

    [Fact]
    public void Chooses_about_2_of_65_grams()
    {
        var text = NaiveFingerprints.Text(new Random(6), 1_000_000, 26);
        Assert.Equal(2.0 / 65, Select(text).Count / 1e6, 0.0005);
    }

    [Fact]
    public void Of_equal_characters_chooses_one_a_window()
    {
        var places = Select([.. Enumerable.Repeat((byte)'a', 1000)]);
        Assert.All(places.Zip(places.Skip(1)), pair => Assert.Equal(64, pair.Second - pair.First));
    }

    /// <summary>`./run bench fingerprint` does the same a million times.</summary>
    [Fact]
    public void Every_shared_run_of_111_bytes_has_a_common_fingerprint()
    {
        Assert.Equal(0, SharedRuns.Missed(new Random(7), 50_000));
    }

    [Fact]
    public void And_so_has_every_shared_run_of_text_of_any_script() =>
        Assert.Equal(0, SharedRuns.MissedInText(new Random(8), 3_000));

    private static List<int> Select(byte[] text)
    {
        var places = new List<int>();
        Winnowing.Select(text, places);
        return places;
    }
}
