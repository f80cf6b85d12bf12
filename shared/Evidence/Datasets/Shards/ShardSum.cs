using Lace.Evidence.Transparency;

namespace Lace.Evidence.Datasets.Shards;

/// <summary>The counts of shards, added one after the other: memory holds one and the sum of those before.</summary>
public sealed class ShardSum
{
    private readonly List<long> records = [];
    private readonly List<MerkleHash> digests = [];

    public DatasetCounts Total { get; } = DatasetCounts.None();

    /// <summary>Of each shard.</summary>
    public IReadOnlyList<long> Records => records;

    /// <summary>Of the file of each shard.</summary>
    public IReadOnlyList<MerkleHash> Digests => digests;

    /// <param name="inOrder">Each shard once, in the order of their numbers: <see cref="ShardPlan.RequireAll"/>.</param>
    public static ShardSum Of(IEnumerable<ShardCounts> inOrder)
    {
        ArgumentNullException.ThrowIfNull(inOrder);
        var sum = new ShardSum();
        foreach (var shard in inOrder)
        {
            sum.Total.Add(shard.Counts);
            sum.records.Add(shard.Counts.Records);
            sum.digests.Add(shard.Digest);
        }

        return sum;
    }
}
