using Lace.Platform;

namespace Lace.Tests.Platform;

public sealed class TenantIdTests
{
    [Theory]
    [InlineData("a")]
    [InlineData("0-z")]
    [InlineData("acme-2")]
    [InlineData("0123456789012345678901234567890123456789")]
    public void Accepts_what_is_safe_in_keys_and_paths(string value) => Assert.Equal(value, new TenantId(value).Value);

    [Theory]
    [InlineData("")]
    [InlineData(null)]
    [InlineData("A")]
    [InlineData("a_b")]
    [InlineData("a/b")]
    [InlineData("..")]
    [InlineData(".a")]
    [InlineData("a#b")]
    [InlineData("é")]
    [InlineData("a\0")]
    [InlineData("a\n")]
    [InlineData("01234567890123456789012345678901234567890")]
    public void Refuses_everything_else(string? value) => Assert.Throws<ArgumentException>(() => new TenantId(value!));
}
