namespace Lace.Evidence.Datasets.Shards;

/// <summary>Which files belong to which shard: whole ones in a row, so that every machine that sees the same files shares them out alike.</summary>
public static class ShardShares
{
    /// <summary>The shard, 1 to <paramref name="shards"/>, in whose equal part of all bytes a file begins.</summary>
    public static int Of(IReadOnlyList<long> sizes, int file, int shards)
    {
        ArgumentNullException.ThrowIfNull(sizes);
        var (before, all) = (sizes.Take(file).Sum(), sizes.Sum());
        return all == 0 ? 1 : (int)Int128.Min(shards, ((Int128)before * shards / all) + 1);
    }
}
