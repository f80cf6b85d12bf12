using System.Globalization;

namespace Lace.Evidence.Datasets.Shards;

/// <summary>What the files of shards are called, in a folder or a bucket.</summary>
public static class ShardNames
{
    /// <summary>The plan.</summary>
    public const string Plan = "plan";

    public static string Counts(int shard, int shards) => Of(shard, shards, "counts");

    public static string Entries(int shard, int shards) => Of(shard, shards, "entries");

    private static string Of(int shard, int shards, string kind) =>
        string.Create(CultureInfo.InvariantCulture, $"shard-{shard:D5}-of-{shards:D5}.{kind}");
}
