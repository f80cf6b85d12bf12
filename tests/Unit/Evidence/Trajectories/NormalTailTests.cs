using Lace.Evidence.Trajectories;

namespace Lace.Tests.Evidence.Trajectories;

public sealed class NormalTailTests
{
    // 0.5 erfc(z / √2) by the C library.
    [Theory]
    [InlineData(-9, 1.0)]
    [InlineData(-3, 0.9986501019683699)]
    [InlineData(-0.1, 0.539827837277029)]
    [InlineData(0, 0.5)]
    [InlineData(1, 0.15865525393145707)]
    [InlineData(2.8, 0.002555130330427937)]
    [InlineData(2.83, 0.0023274002067315545)]
    [InlineData(2.84, 0.002255676691542325)]
    [InlineData(5, 2.866515718791946e-07)]
    [InlineData(10, 7.619853024160593e-24)]
    [InlineData(20, 2.7536241186063314e-89)]
    [InlineData(36.9, 2.3105244811407056e-298)]
    public void Has_a_small_relative_error_everywhere(double z, double expected) =>
        Assert.Equal(1, NormalTail.Above(z) / expected, 1e-12);

    [Fact]
    public void Is_never_smaller_than_its_floor()
    {
        Assert.Equal(1e-300, NormalTail.Above(37));
        Assert.Equal(1e-300, NormalTail.Above(1e9));
    }

    [Fact]
    public void Falls_without_a_jump_where_the_two_expansions_meet()
    {
        var join = 2 * Math.Sqrt(2);
        Assert.True(NormalTail.Above(join - 1e-9) >= NormalTail.Above(join));
        Assert.Equal(1, NormalTail.Above(join - 1e-12) / NormalTail.Above(join + 1e-12), 1e-10);
    }
}
