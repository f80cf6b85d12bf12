using Lace.SystemTests.Platform.Children;

namespace Lace.SystemTests.Platform.Embedded;

public sealed class FullDiskTests
{
    /// <summary>In a mount namespace of its own, which needs no root where the kernel lets users have one and leaves nothing behind.</summary>
    [Fact]
    public async Task A_full_disk_is_a_clear_refusal_and_what_was_there_is_intact()
    {
        const string Script = "mount -t tmpfs -o size=3m tmpfs \"$1\" && exec \"$2\" \"$1\"";
        Assert.SkipUnless(File.Exists("/usr/bin/unshare"), "needs unshare(1) of util-linux for a small file system");
        using var folder = new TemporaryFolder();
        string[] command = ["--map-root-user", "--mount", "sh", "-c", Script, "sh", folder.Path, Child.Executable];
        using var child = Child.Start(nameof(FullDisk), "/usr/bin/unshare", command);
        var lines = await child.EndAsync();
        Assert.SkipWhen(lines.Count == 0, "this kernel does not let the tests mount a small file system");
        Assert.Equal(["mounted", "intact"], await child.SuccessAsync());
    }
}
