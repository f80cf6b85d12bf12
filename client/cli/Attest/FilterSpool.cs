using Lace.Evidence.Fingerprints;

namespace Lace.Cli.Attest;

/// <summary>
/// What goes into the filters of an attestation, on disk until all of it is known: files without a name that only their owner can open, gone when the
/// command ends, however it ends.
/// </summary>
internal sealed class FilterSpool : IDisposable
{
    private readonly List<Stream> files = [];

    private FilterSpool(string folder, FingerprintSettings settings) =>
        Builder = new FilterBuilder(settings, Open(folder))
        {
            Bands = settings.NearDuplicates ? new FilterBuilder(settings, Open(folder)) : null,
        };

    /// <summary>Of the fingerprints, and of the bands where the settings have them.</summary>
    public FilterBuilder Builder { get; }

    public static FilterSpool Of(string folder, FingerprintSettings settings)
    {
        PrivateFiles.CreateFolder(folder);
        return new FilterSpool(folder, settings);
    }

    public void Dispose() => files.ForEach(file => file.Dispose());

    private FileStream Open(string folder)
    {
        var path = Path.Combine(folder, $"fingerprints-{Guid.NewGuid():N}");
        var opened = PrivateFiles.Open(path, FileMode.CreateNew, FileShare.None);
        files.Add(opened);
        File.Delete(path);
        return opened;
    }
}
