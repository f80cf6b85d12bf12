namespace Lace.Evidence.Datasets;

/// <summary>One file of a dataset, as often as it has to be read.</summary>
/// <param name="Name">How messages call it.</param>
/// <param name="Format">Never <see cref="DatasetFormat.Mixed"/>.</param>
/// <param name="Open">Its content from the start, already decompressed; read from one thread at a time and disposed.</param>
public sealed record DatasetSource(string Name, DatasetFormat Format, Func<Stream> Open);

/// <summary>What was read from a source: the same again, or the data changed.</summary>
/// <param name="Sha256">Hex, over the content after decompression.</param>
public sealed record SourceFingerprint(string Name, long Length, string Sha256);
