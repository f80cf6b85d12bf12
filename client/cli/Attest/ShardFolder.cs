using Lace.Evidence.Datasets.Shards;
using Lace.Evidence.Transparency;

namespace Lace.Cli.Attest;

/// <summary>The folder in which the machines that read a dataset leave their shard files. Each file is there whole or not at all.</summary>
internal sealed class ShardFolder
{
    private readonly string folder;

    private ShardFolder(string folder) => this.folder = folder;

    public string PlanPath => Path.Combine(folder, ShardNames.Plan);

    public static ShardFolder Of(string path, CommandHost host) => new(Path.GetFullPath(path, host.WorkingDirectory));

    public string CountsPath(ShardNumber shard) => Path.Combine(folder, ShardNames.Counts(shard.Shard, shard.Shards));

    public string EntriesPath(ShardNumber shard) => Path.Combine(folder, ShardNames.Entries(shard.Shard, shard.Shards));

    /// <summary>All files of counts.</summary>
    public IReadOnlyList<string> AllCounts() =>
        Directory.Exists(folder)
            ? [.. Directory.EnumerateFiles(folder, "*.counts")]
            : throw new CliException($"{folder}: there is no such folder.", ExitCode.BadDataset);

    /// <summary>Replaces a file once it is written.</summary>
    public void Write(string path, Action<Stream> write)
    {
        PrivateFiles.CreateFolder(folder);
        var next = $"{path}.{Environment.MachineName}.{Environment.ProcessId}.new";
        try
        {
            using (var file = PrivateFiles.Open(next, FileMode.Create, FileShare.None))
            {
                write(file);
                file.Flush(flushToDisk: true);
            }

            File.Move(next, path, overwrite: true);
        }
        finally
        {
            File.Delete(next);
        }
    }

    public static ShardCounts ReadCounts(string path)
    {
        using var file = File.OpenRead(path);
        return ShardCounts.Read(file, path);
    }

    public static ShardHeader ReadHeader(string path)
    {
        using var file = File.OpenRead(path);
        return ShardCounts.HeaderOf(file, path);
    }

    /// <summary>Null where none was made yet.</summary>
    public (ShardPlan Plan, MerkleHash Digest)? ReadPlan()
    {
        if (!File.Exists(PlanPath))
        {
            return null;
        }

        using var file = File.OpenRead(PlanPath);
        var plan = ShardPlan.Read(file, PlanPath, out var digest);
        return (plan, digest);
    }

    /// <summary>Whether the entries of a shard are there and were made by a plan.</summary>
    public bool HasEntries(ShardNumber shard, MerkleHash plan)
    {
        var path = EntriesPath(shard);
        if (!File.Exists(path))
        {
            return false;
        }

        using var file = File.OpenRead(path);
        return ShardEntries.PlanOf(file, path) == plan;
    }
}
