using Lace.Evidence.Transparency.Tiles;

namespace Lace.Cli.Log;

/// <summary>The public files of a log, in a folder or behind an address.</summary>
internal interface ILogFiles : IDisposable
{
    /// <summary>Where they are, for people.</summary>
    string Place { get; }

    /// <summary>The bytes of <c>checkpoint</c>, <c>tile/…</c> or <c>tile/entries/…</c>; null where there are none.</summary>
    byte[]? Read(string path);

    /// <summary>The partial tiles and bundles that are there, as far as that can be listed.</summary>
    IEnumerable<TilePath> Partials();
}
