using Lace.Evidence.Datasets;
using Lace.Evidence.Datasets.Shards;
using Lace.Evidence.Fingerprints;
using Lace.Evidence.Transparency;

namespace Lace.Tests.Evidence.Datasets.Shards;

/// <summary>The files of all shards of a dataset, as several machines make them.</summary>
internal sealed record ShardSet(
    DatasetSource[][] Shares,
    byte[][] CountFiles,
    ShardCounts[] Counts,
    byte[] PlanFile,
    ShardPlan Plan,
    MerkleHash Digest,
    byte[][] Files
)
{
    private const string Id = "lace-20261130-034501-x7k2p9";

    public static ShardSet Make(
        DatasetSource[][] shares,
        DatasetPart part,
        FingerprintSettings? settings,
        Random random,
        byte[]? salt = null
    )
    {
        var listing = MerkleTree.HashLeaf([]);
        var files = shares.Sum(share => share.Length);
        byte[][] countFiles =
        [
            .. shares.Select(
                (share, i) =>
                    Bytes(output =>
                        ShardCounts.Write(
                            output,
                            new ShardHeader(i + 1, shares.Length, "d", DatasetFormat.JsonLines, part, files, listing),
                            DatasetCounts.Take(share, part, 1 + random.Next(2))
                        )
                    )
            ),
        ];
        ShardCounts[] counts = [.. countFiles.Select((file, i) => ShardCounts.Read(new MemoryStream(file), $"c{i}"))];
        ShardPlan.RequireAll([.. counts.Select(shard => shard.Header).Reverse()]);
        var sum = ShardSum.Of(counts);
        var made = new ShardPlan(
            counts[0].Header,
            Id,
            salt ?? [.. Enumerable.Range(1, 32).Select(i => (byte)i)],
            settings,
            sum.Records,
            sum.Digests,
            sum.Total
        );
        var planFile = Bytes(output => made.Write(output));
        var plan = ShardPlan.Read(new MemoryStream(planFile), "plan", out var digest);
        return new ShardSet(
            shares,
            countFiles,
            counts,
            planFile,
            plan,
            digest,
            [
                .. shares.Select(
                    (share, i) =>
                        Bytes(output => ShardEntries.Write(output, plan, digest, counts[i], share, 1 + random.Next(3)))
                ),
            ]
        );
    }

    public CommittedChunk[] Chunks(FilterBuilder? filter, byte[][]? files = null) =>
        [
            .. ShardEntries.Chunks(
                Plan,
                Digest,
                [
                    .. (files ?? Files).Select(
                        (file, i) => ($"shard {i + 1}", (Func<Stream>)(() => new MemoryStream(file)))
                    ),
                ],
                filter
            ),
        ];

    private static byte[] Bytes(Action<Stream> write)
    {
        var output = new MemoryStream();
        write(output);
        return output.ToArray();
    }
}
