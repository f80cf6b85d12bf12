using Lace.Evidence.Transparency.Tiles;

namespace Lace.Tests.Evidence.Transparency.Tiles;

public sealed class TilePathTests
{
    [Theory]
    [InlineData("tile/0/000", 0, 0, 256)]
    [InlineData("tile/0/x001/x234/067", 0, 1_234_067, 256)]
    [InlineData("tile/63/999.p/1", 63, 999, 1)]
    [InlineData("tile/1/x001/000.p/255", 1, 1000, 255)]
    [InlineData("tile/entries/x999/999.p/7", -1, 999_999, 7)]
    [InlineData("tile/entries/x001/x000/000", -1, 1_000_000, 256)]
    public void Reads_and_writes_the_one_spelling(string text, int level, long index, int width)
    {
        Assert.True(TilePath.TryParse(text, out var path));
        Assert.Equal((level, index, width), (path.Level, path.Index, path.Width));
        Assert.Equal(text, path.ToString());
        Assert.Equal(path, level < 0 ? TilePath.Entries(index, width) : TilePath.Hashes(level, index, width));
    }

    [Theory]
    [InlineData("")]
    [InlineData(null)]
    [InlineData("tile")]
    [InlineData("tile/0")]
    [InlineData("tile/0/")]
    [InlineData("tile/00/000")]
    [InlineData("tile/64/000")]
    [InlineData("tile/-1/000")]
    [InlineData("tile/0/0")]
    [InlineData("tile/0/0000")]
    [InlineData("tile/0/x000/001")]
    [InlineData("tile/0/001/002")]
    [InlineData("tile/0/x001")]
    [InlineData("tile/0/x01/002")]
    [InlineData("tile/0/X001/002")]
    [InlineData("tile/0/000.p")]
    [InlineData("tile/0/000.p/")]
    [InlineData("tile/0/000.p/0")]
    [InlineData("tile/0/000.p/01")]
    [InlineData("tile/0/000.p/256")]
    [InlineData("tile/0/000.p/1/")]
    [InlineData("tile/0/000.p/1/2")]
    [InlineData("tile/0/.p/1")]
    [InlineData("tile/0/000/../001")]
    [InlineData("tile/0/ 00")]
    [InlineData("tile/0/٠٠٠")]
    [InlineData("tile/entry/000")]
    [InlineData("/tile/0/000")]
    [InlineData("tile//000")]
    [InlineData("tile/0/x999/x999/x999/x999/x999/x999/x999/999")]
    [InlineData("checkpoint")]
    [InlineData("lock/checkpoint")]
    public void Refuses_every_other_text(string? text) => Assert.False(TilePath.TryParse(text, out _));

    [Fact]
    public void Has_the_widths_of_the_specification()
    {
        Assert.Equal(256, TilePath.WidthAt(70_000, 0, 272));
        Assert.Equal(112, TilePath.WidthAt(70_000, 0, 273));
        Assert.Equal(0, TilePath.WidthAt(70_000, 0, 274));
        Assert.Equal(256, TilePath.WidthAt(70_000, 1, 0));
        Assert.Equal(17, TilePath.WidthAt(70_000, 1, 1));
        Assert.Equal(1, TilePath.WidthAt(70_000, 2, 0));
        Assert.Equal(0, TilePath.WidthAt(70_000, 3, 0));
        Assert.Equal(0, TilePath.WidthAt(long.MaxValue, 63, 0));
        Assert.Equal(127, TilePath.WidthAt(long.MaxValue, 7, 0));
    }
}
