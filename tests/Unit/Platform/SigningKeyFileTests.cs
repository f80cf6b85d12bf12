using System.Runtime.Versioning;
using System.Text;
using Lace.Platform;

namespace Lace.Tests.Platform;

public sealed class SigningKeyFileTests : IDisposable
{
    private readonly PlatformFolder folder = new();

    private string SigningPath => folder["keys", "acme.signing"];

    public void Dispose() => folder.Dispose();

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task The_file_is_its_owners_alone_also_after_a_rotation_and_refused_where_it_is_not()
    {
        var key = await MakeAsync();
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(SigningPath));
        using var platform = folder.Open();
        key = await platform.Keys.RotateSigningKeyAsync(PlatformFolder.Tenant, "log", SigningAlgorithm.Ed25519);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(SigningPath));
        Assert.NotNull(await platform.Keys.SignAsync(PlatformFolder.Tenant, key.KeyId, new byte[1]));
        File.SetUnixFileMode(SigningPath, File.GetUnixFileMode(SigningPath) | UnixFileMode.GroupRead);
        Assert.Contains("chmod 600", await RefusalAsync(key), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Damage_to_any_byte_is_said_and_makes_no_new_key()
    {
        var key = await MakeAsync();
        var whole = await File.ReadAllBytesAsync(SigningPath);
        var damages = Enumerable
            .Range(0, whole.Length)
            .Where(i => i % 7 == 0)
            .Select(i => whole.Select((b, at) => at == i ? (byte)(b ^ 1) : b).ToArray())
            .Concat([
                [],
                [0],
                whole[..8],
                whole[..^1],
                [.. whole, 0],
            ]);
        foreach (var damaged in damages)
        {
            await File.WriteAllBytesAsync(SigningPath, damaged);
            Assert.Contains("damaged", await RefusalAsync(key), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_private_half_does_not_lie_in_the_open()
    {
        await MakeAsync();
        var text = Encoding.Latin1.GetString(await File.ReadAllBytesAsync(SigningPath));
        Assert.Contains("\"wrapped\"", text, StringComparison.Ordinal);
        Assert.DoesNotContain("seed", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_without_the_keys_that_open_it_is_said_and_signs_nothing()
    {
        var key = await MakeAsync();
        File.Delete(folder["keys", "acme.kek"]);
        Assert.Contains("backup", await RefusalAsync(key, get: false), StringComparison.Ordinal);
        using var platform = folder.Open();
        using var anew = await platform.Keys.GenerateDataKeyAsync(PlatformFolder.Tenant, "c");
        Assert.Contains("backup", await RefusalAsync(key, get: false), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrapped_signing_key_is_no_data_key_and_not_another_tenants()
    {
        var key = await MakeAsync();
        File.Copy(SigningPath, folder["keys", "rival.signing"]);
        File.Copy(folder["keys", "acme.kek"], folder["keys", "rival.kek"]);
        using var platform = folder.Open();
        await Assert.ThrowsAsync<StorageException>(() =>
            platform.Keys.SignAsync(new TenantId("rival"), key.KeyId, new byte[1])
        );
        var text = await File.ReadAllTextAsync(SigningPath, Encoding.Latin1);
        var at = text.IndexOf("\"wrapped\":\"", StringComparison.Ordinal) + 11;
        var wrapped = Convert.FromBase64String(text[at..text.IndexOf('"', at)]);
        Assert.Null(await platform.Keys.UnwrapDataKeyAsync(PlatformFolder.Tenant, "log:Ed25519", wrapped));
    }

    [Fact]
    public async Task A_rotation_or_destruction_by_another_process_counts_at_once()
    {
        var key = await MakeAsync();
        using var mine = folder.Open();
        using var theirs = folder.Open();
        Assert.NotNull(await mine.Keys.SignAsync(PlatformFolder.Tenant, key.KeyId, new byte[1]));
        var next = await theirs.Keys.RotateSigningKeyAsync(PlatformFolder.Tenant, "log", SigningAlgorithm.Ed25519);
        Assert.Null(await mine.Keys.SignAsync(PlatformFolder.Tenant, key.KeyId, new byte[1]));
        Assert.NotNull(await mine.Keys.SignAsync(PlatformFolder.Tenant, next.KeyId, new byte[1]));
        await theirs.Keys.DestroyAsync(PlatformFolder.Tenant);
        Assert.Null(await mine.Keys.SignAsync(PlatformFolder.Tenant, next.KeyId, new byte[1]));
    }

    [Theory]
    [InlineData(".next")]
    [InlineData(".destroyed")]
    public async Task What_a_crash_left_is_no_hindrance(string left)
    {
        var key = await MakeAsync();
        await File.WriteAllTextAsync(SigningPath + left, "half");
        using var platform = folder.Open();
        Assert.NotNull(await platform.Keys.SignAsync(PlatformFolder.Tenant, key.KeyId, new byte[1]));
        await platform.Keys.RotateSigningKeyAsync(PlatformFolder.Tenant, "log", SigningAlgorithm.Ed25519);
        Assert.False(File.Exists(SigningPath + left));
    }

    [Fact]
    public async Task Destroyed_keys_leave_no_file()
    {
        await MakeAsync();
        using var platform = folder.Open();
        await platform.Keys.DestroyAsync(PlatformFolder.Tenant);
        Assert.DoesNotContain(
            Directory.GetFiles(folder["keys"]),
            file => file.Contains("acme", StringComparison.Ordinal)
        );
    }

    private async Task<SigningPublicKey> MakeAsync()
    {
        using var platform = folder.Open();
        return await platform.Keys.GetSigningKeyAsync(PlatformFolder.Tenant, "log", SigningAlgorithm.Ed25519);
    }

    private async Task<string> RefusalAsync(SigningPublicKey key, bool get = true)
    {
        using var platform = folder.Open();
        if (get)
        {
            await Assert.ThrowsAsync<StorageException>(() =>
                platform.Keys.GetSigningKeyAsync(PlatformFolder.Tenant, "log", SigningAlgorithm.Ed25519)
            );
        }

        var sign = () => platform.Keys.SignAsync(PlatformFolder.Tenant, key.KeyId, new byte[1]);
        return (await Assert.ThrowsAsync<StorageException>(sign)).Message;
    }
}
