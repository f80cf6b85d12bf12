using System.Runtime.Versioning;
using System.Security.Cryptography;
using Lace.Platform;

namespace Lace.Tests.Platform;

public sealed class KeyFileTests : IDisposable
{
    private readonly PlatformFolder folder = new();

    private string KeyPath => folder["keys", "acme.kek"];

    public void Dispose() => folder.Dispose();

    /// <summary>RFC 5649, section 6: the algorithm that the platform names is that of the standard.</summary>
    [Theory]
    [InlineData(
        "c37b7e6492584340bed12207808941155068f738",
        "138bdeaa9b8fa7fc61f97742e72248ee5ae6ae5360d1ae6a5f54f373fa543b6a"
    )]
    [InlineData("466f7250617369", "afbeb0f07dfbf5419200f2ccb50bb24f")]
    public void Key_wrap_with_padding_gives_the_published_vectors(string plaintext, string wrapped)
    {
        using var aes = Aes.Create();
        aes.SetKey(Convert.FromHexString("5840df6e29b02af1ab493b705bf16ea1ae8338f4dcc176a8"));
        Assert.Equal(wrapped, Convert.ToHexStringLower(aes.EncryptKeyWrapPadded(Convert.FromHexString(plaintext))));
        Assert.Equal(plaintext, Convert.ToHexStringLower(aes.DecryptKeyWrapPadded(Convert.FromHexString(wrapped))));
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task The_file_is_its_owners_alone_also_after_a_rotation()
    {
        await Make();
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(KeyPath));
        using var platform = folder.Open();
        await platform.Keys.RotateAsync(PlatformFolder.Tenant);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(KeyPath));
    }

    [Theory]
    [UnsupportedOSPlatform("windows")]
    [InlineData(UnixFileMode.GroupRead)]
    [InlineData(UnixFileMode.OtherRead)]
    [InlineData(UnixFileMode.OtherWrite)]
    public async Task A_file_that_others_may_use_is_refused(UnixFileMode mode)
    {
        var wrapped = await Make();
        File.SetUnixFileMode(KeyPath, File.GetUnixFileMode(KeyPath) | mode);
        Assert.Contains("chmod 600", await Refusal(wrapped), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Damage_to_any_byte_is_said_and_not_taken_for_a_foreign_key()
    {
        var wrapped = await Make();
        var whole = await File.ReadAllBytesAsync(KeyPath);
        for (var i = 0; i < whole.Length; i += 3)
        {
            var damaged = whole.ToArray();
            damaged[i] ^= 1;
            await File.WriteAllBytesAsync(KeyPath, damaged);
            Assert.Contains("damaged", await Refusal(wrapped), StringComparison.Ordinal);
        }

        foreach (var length in new[] { 0, 1, 8, 40, whole.Length - 1 })
        {
            await File.WriteAllBytesAsync(KeyPath, whole[..length]);
            Assert.Contains("damaged", await Refusal(wrapped), StringComparison.Ordinal);
        }

        await File.WriteAllBytesAsync(KeyPath, [.. whole, 0]);
        Assert.Contains("damaged", await Refusal(wrapped), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_wrapped_form_begins_with_the_version_of_its_key()
    {
        Assert.Equal("00000001", Convert.ToHexString(await Make(), 0, 4));
        using var platform = folder.Open();
        await platform.Keys.RotateAsync(PlatformFolder.Tenant);
        Assert.Equal("00000002", Convert.ToHexString(await Make(), 0, 4));
    }

    [Fact]
    public async Task Tenants_with_the_same_key_still_cannot_read_each_other()
    {
        var wrapped = await Make();
        File.Copy(KeyPath, folder["keys", "rival.kek"]);
        using var platform = folder.Open();
        Assert.Null(await platform.Keys.UnwrapDataKeyAsync(new TenantId("rival"), "c", wrapped));
        Assert.NotNull(await platform.Keys.UnwrapDataKeyAsync(PlatformFolder.Tenant, "c", wrapped));
    }

    [Fact]
    public async Task Destroyed_keys_are_overwritten_where_they_lay()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "An open file cannot be deleted on Windows.");
        await Make();
        using var still = File.OpenRead(KeyPath);
        using var platform = folder.Open();
        await platform.Keys.DestroyAsync(PlatformFolder.Tenant);
        var bytes = new byte[still.Length];
        await still.ReadExactlyAsync(bytes, TestContext.Current.CancellationToken);
        Assert.NotEmpty(bytes);
        Assert.Equal(-1, bytes.AsSpan().IndexOfAnyExcept((byte)0));
        Assert.DoesNotContain(
            Directory.GetFiles(folder["keys"]),
            file => file.Contains("acme", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task What_a_rotation_left_that_was_cut_short_is_destroyed_as_well()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "An open file cannot be deleted on Windows.");
        await Make();
        File.Copy(KeyPath, KeyPath + ".next");
        using var still = File.OpenRead(KeyPath + ".next");
        using var platform = folder.Open();
        await platform.Keys.DestroyAsync(PlatformFolder.Tenant);
        var bytes = new byte[still.Length];
        await still.ReadExactlyAsync(bytes, TestContext.Current.CancellationToken);
        Assert.Equal(-1, bytes.AsSpan().IndexOfAnyExcept((byte)0));
        Assert.DoesNotContain(
            Directory.GetFiles(folder["keys"]),
            file => file.Contains("acme", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task A_destruction_that_was_cut_short_is_finished_at_the_next_start()
    {
        var wrapped = await Make();
        File.Move(KeyPath, KeyPath + ".destroyed");
        using var platform = folder.Open();
        Assert.False(File.Exists(KeyPath + ".destroyed"));
        Assert.Null(await platform.Keys.UnwrapDataKeyAsync(PlatformFolder.Tenant, "c", wrapped));
    }

    [Fact]
    public async Task A_rotation_that_was_cut_short_leaves_the_old_keys_and_may_be_repeated()
    {
        var wrapped = await Make();
        await File.WriteAllTextAsync(KeyPath + ".next", "half");
        using var platform = folder.Open();
        await platform.Keys.RotateAsync(PlatformFolder.Tenant);
        Assert.NotNull(await platform.Keys.UnwrapDataKeyAsync(PlatformFolder.Tenant, "c", wrapped));
    }

    private async Task<byte[]> Make()
    {
        using var platform = folder.Open();
        using var key = await platform.Keys.GenerateDataKeyAsync(PlatformFolder.Tenant, "c");
        return key.Wrapped.ToArray();
    }

    private async Task<string> Refusal(byte[] wrapped)
    {
        using var platform = folder.Open();
        await Assert.ThrowsAsync<StorageException>(() =>
            platform.Keys.GenerateDataKeyAsync(PlatformFolder.Tenant, "c")
        );
        var unwrap = () => platform.Keys.UnwrapDataKeyAsync(PlatformFolder.Tenant, "c", wrapped);
        return (await Assert.ThrowsAsync<StorageException>(unwrap)).Message;
    }
}
