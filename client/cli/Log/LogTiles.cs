using Lace.Evidence.Transparency;
using Lace.Evidence.Transparency.Tiles;

namespace Lace.Cli.Log;

/// <summary>Proofs and entries out of the tiles of a log. A fuller tile stands in for one that the log has dropped.</summary>
internal sealed class LogTiles(ILogFiles files)
{
    /// <exception cref="CliException">A tile is missing or too short.</exception>
    public MerkleHash[] Compute(TileProof proof)
    {
        var contents = proof.Tiles.ToDictionary(path => path, path => (ReadOnlyMemory<byte>)Read(path).Content);
        try
        {
            return proof.Compute(path => contents[path]);
        }
        catch (InvalidDataException cause)
        {
            throw new CliException($"{files.Place}: {cause.Message}", ExitCode.CheckFailed, cause);
        }
    }

    /// <exception cref="CliException">The bundle is missing or malformed.</exception>
    public ReadOnlyMemory<byte> Entry(long index, long size)
    {
        var (bundle, position) = Math.DivRem(index, TilePath.FullWidth);
        var (path, content) = Read(TilePath.Entries(bundle, TilePath.WidthAt(size, 0, bundle)));
        return EntryBundle.Read(content, path.Width) is { } entries
            ? entries[(int)position]
            : throw new CliException($"{files.Place}: {path} is malformed.", ExitCode.CheckFailed);
    }

    private (TilePath Path, byte[] Content) Read(TilePath path)
    {
        if (files.Read(path.ToString()) is { } content)
        {
            return (path, content);
        }

        var full = path.WithWidth(TilePath.FullWidth);
        return files.Read(full.ToString()) is { } more
            ? (full, more)
            : throw new CliException($"{files.Place} has no {path}.", ExitCode.CheckFailed);
    }
}
