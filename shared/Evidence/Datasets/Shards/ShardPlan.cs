using Lace.Evidence.Fingerprints;
using Lace.Evidence.Transparency;

namespace Lace.Evidence.Datasets.Shards;

/// <summary>
/// What the second reading of every shard needs: the counts of all shards, where each begins, and the salts of the attestation. Holds text of the dataset, and secrets: the salt key,
/// and the key of a keyed filter.
/// </summary>
/// <param name="Header">Of any of the shards.</param>
/// <param name="Filter">Null where no filter is made.</param>
/// <param name="Records">How many each shard has, in their order.</param>
/// <param name="Counts">Digests of the files that it was made of, in their order.</param>
/// <param name="Total">Of all of them: <see cref="ShardSum"/>.</param>
public sealed record ShardPlan(
    ShardHeader Header,
    string AttestationId,
    ReadOnlyMemory<byte> SaltKey,
    FingerprintSettings? Filter,
    IReadOnlyList<long> Records,
    IReadOnlyList<MerkleHash> Counts,
    DatasetCounts Total
)
{
    private const string Kind = "lace-shard-plan/2";
    private const int IdLimit = 200;

    /// <summary>Index of the first record of a shard, 1 to n.</summary>
    public long FirstIndexOf(int shard) => Records.Take(shard - 1).Sum();

    /// <summary>Whether each shard of one dataset is there once.</summary>
    /// <exception cref="ShardException">It is not; the message names the shards.</exception>
    public static void RequireAll(IReadOnlyList<ShardHeader> headers)
    {
        ArgumentNullException.ThrowIfNull(headers);
        if (headers.Count == 0)
        {
            throw new ShardException(ShardError.Missing, "There is no shard.");
        }

        foreach (var header in headers)
        {
            if (!header.GoesWith(headers[0]))
            {
                throw new ShardException(
                    ShardError.Foreign,
                    $"Shard {header.Shard}/{header.Shards} is of another dataset, or was made with other options, than shard {headers[0].Shard}/{headers[0].Shards}."
                );
            }
        }

        var doubled = headers.GroupBy(header => header.Shard).FirstOrDefault(group => group.Count() > 1);
        if (doubled is not null)
        {
            throw new ShardException(ShardError.Doubled, $"Shard {doubled.Key}/{headers[0].Shards} is there twice.");
        }

        var missing = Enumerable
            .Range(1, headers[0].Shards)
            .Except(headers.Select(header => header.Shard))
            .Select(shard => $"{shard}/{headers[0].Shards}")
            .ToArray();
        if (missing.Length > 0)
        {
            throw new ShardException(
                ShardError.Missing,
                $"Missing: shard {string.Join(", ", missing.Take(20))}{(missing.Length > 20 ? $" and {missing.Length - 20} more" : "")}."
            );
        }
    }

    /// <returns>The digest of the file, which the shards that are made by it name.</returns>
    public MerkleHash Write(Stream output)
    {
        using var writer = new ShardWriter(output, Kind);
        Header.Write(writer);
        writer.WriteText(AttestationId);
        writer.Write(SaltKey.Span);
        writer.WriteNumber(Filter is null ? 0 : (int)Filter.Tier + 1);
        if (Filter is not null)
        {
            writer.Write(Filter.Salt.Span);
            writer.Write(Filter.Key is { } key ? key.Span : default);
            writer.WriteNumber(Filter.NearDuplicates ? 1 : 0);
        }

        for (var i = 0; i < Records.Count; i++)
        {
            writer.WriteNumber(Records[i]);
            writer.Write(Counts[i].ToArray());
        }

        ShardCounts.WriteBody(writer, Total);
        return new MerkleHash(writer.Finish());
    }

    /// <param name="digest">Of the file.</param>
    /// <exception cref="ShardException">The file is anything else.</exception>
    public static ShardPlan Read(Stream input, string name, out MerkleHash digest)
    {
        using var reader = new ShardReader(input, name, Kind);
        var header = ShardHeader.Read(reader);
        var id = reader.ReadText(IdLimit);
        var saltKey = new byte[DatasetCommitment.SaltKeySize];
        reader.Read(saltKey);
        var filter = ReadFilter(reader);
        var records = new long[header.Shards];
        var counts = new MerkleHash[header.Shards];
        Span<byte> hash = stackalloc byte[MerkleHash.Size];
        for (var i = 0; i < records.Length; i++)
        {
            records[i] = reader.ReadNumber(DatasetEntry.ValueLimit - 1);
            reader.Read(hash);
            counts[i] = new MerkleHash(hash);
        }

        var total = ShardCounts.ReadBody(reader);
        digest = new MerkleHash(reader.Finish());
        return records.Sum() == total.Records
            ? new ShardPlan(header, id, saltKey, filter, records, counts, total)
            : throw reader.Malformed("has shards that do not add up");
    }

    private static FingerprintSettings? ReadFilter(ShardReader reader)
    {
        var stated = reader.ReadNumber((int)FingerprintTier.Keyed + 1);
        if (stated == 0)
        {
            return null;
        }

        var tier = (FingerprintTier)(stated - 1);
        var salt = new byte[FingerprintScheme.SaltSize];
        reader.Read(salt);
        ReadOnlyMemory<byte>? key = null;
        if (tier == FingerprintTier.Keyed)
        {
            var bytes = new byte[FingerprintScheme.KeySize];
            reader.Read(bytes);
            key = bytes;
        }

        var settings = new FingerprintSettings(tier, salt, key, reader.ReadNumber(1) == 1);
        return settings.IsValid ? settings : throw reader.Malformed("has filters that do not go together");
    }
}
