namespace Lace.Cli.Attest;

/// <summary>Fingerprints on disk until all are known: a file without a name that only its owner can open, gone when the command ends, however it ends.</summary>
internal static class FilterSpool
{
    public static Stream Open(string folder)
    {
        PrivateFiles.CreateFolder(folder);
        var path = Path.Combine(folder, $"fingerprints-{Guid.NewGuid():N}");
        var opened = PrivateFiles.Open(path, FileMode.CreateNew, FileShare.None);
        File.Delete(path);
        return opened;
    }
}
