using Lace.Evidence.Transparency;

namespace Lace.Evidence.Datasets.Shards;

/// <summary>Which shard of which dataset a file is of. Shards go together if all but their number is equal.</summary>
/// <param name="Shard">1 to <paramref name="Shards"/>.</param>
/// <param name="Name">What the dataset is called where the user gives no name.</param>
/// <param name="Format">Of all sources of the dataset.</param>
/// <param name="Sources">How many the whole dataset has.</param>
/// <param name="Listing">Digest over names, sizes and formats of all sources in their order.</param>
public sealed record ShardHeader(
    int Shard,
    int Shards,
    string Name,
    DatasetFormat Format,
    DatasetPart Part,
    int Sources,
    MerkleHash Listing
)
{
    public const int MaxShards = 10_000;

    private const int NameLimit = 1024;
    private const int FieldLimit = 1024;

    public DatasetDescription Description => new(Format, Part, Sources);

    /// <summary>Whether another file is of the same dataset.</summary>
    public bool GoesWith(ShardHeader other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return this with { Shard = 1 } == other with { Shard = 1 };
    }

    internal void Write(ShardWriter writer)
    {
        writer.WriteNumber(Shard);
        writer.WriteNumber(Shards);
        writer.WriteText(Name);
        writer.WriteNumber((int)Format);
        writer.WriteNumber((int)Part.Kind);
        writer.WriteText(Part.Field ?? "");
        writer.WriteNumber(Part.MaxBytes ?? 0);
        writer.WriteNumber(Sources);
        writer.Write(Listing.ToArray());
    }

    internal static ShardHeader Read(ShardReader reader)
    {
        var shard = (int)reader.ReadNumber(MaxShards);
        var shards = (int)reader.ReadNumber(MaxShards);
        var name = reader.ReadText(NameLimit);
        var format = (DatasetFormat)reader.ReadNumber((int)DatasetFormat.Mixed);
        var kind = (DatasetPartKind)reader.ReadNumber((int)DatasetPartKind.Response);
        var field = reader.ReadText(FieldLimit);
        var maxBytes = reader.ReadNumber(DatasetEntry.ValueLimit - 1);
        var part = new DatasetPart(kind, field.Length == 0 ? null : field, maxBytes == 0 ? null : maxBytes);
        var sources = (int)reader.ReadNumber(int.MaxValue);
        Span<byte> listing = stackalloc byte[MerkleHash.Size];
        reader.Read(listing);
        return shard < 1 || shard > shards || !part.IsValid
            ? throw reader.Malformed("says nothing that a shard can be")
            : new ShardHeader(shard, shards, name, format, part, sources, new MerkleHash(listing));
    }
}
