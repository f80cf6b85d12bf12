namespace Lace.Platform;

/// <summary>Small JSON documents under a partition and a sort key, with conditional writes: the one place where decisions are made.</summary>
/// <remarks>
/// The contract is what DynamoDB gives and no more. Reads are consistent. A write that returned is durable: it survives a
/// kill of the process and a loss of power. Every write is safe to repeat, because its condition makes the second one fail.
/// A document has at most 256 KiB; bigger things go to <see cref="IBlobStore"/>, their digest here.
/// </remarks>
public interface IItemStore
{
    /// <summary>The item, or null.</summary>
    Task<Item?> GetAsync(ItemKey key, CancellationToken cancellationToken = default);

    /// <summary>Writes one item if <paramref name="write"/>'s condition holds; false if it does not.</summary>
    Task<bool> WriteAsync(ItemWrite write, CancellationToken cancellationToken = default);

    /// <summary>Applies all writes or none; false if a condition does not hold. At most 100 writes, each to another key.</summary>
    Task<bool> TransactAsync(IReadOnlyList<ItemWrite> writes, CancellationToken cancellationToken = default);

    /// <summary>Items of one partition in ordinal order of their sort keys.</summary>
    Task<ItemPage> QueryAsync(ItemQuery query, CancellationToken cancellationToken = default);
}

/// <summary>Address of an item. Strings of at most 512 characters; the sort key orders items by ordinal comparison.</summary>
public readonly record struct ItemKey(TenantId Tenant, string Partition, string Sort);

/// <summary>A stored document and its version: 1 when first written, one more with each write.</summary>
public sealed record Item(ItemKey Key, string Document, long Version);

/// <summary>What must hold of an item for a write to it to take place.</summary>
public enum WriteCondition
{
    /// <summary>Nothing: write over what is there.</summary>
    None,

    /// <summary>No item is stored under the key.</summary>
    Absent,

    /// <summary>The stored item has the version that the write names.</summary>
    Version,
}

/// <summary>A put, or a delete where <paramref name="Document"/> is null.</summary>
public sealed record ItemWrite(ItemKey Key, string? Document, WriteCondition Condition, long ExpectedVersion = 0)
{
    public static ItemWrite Create(ItemKey key, string document) => new(key, document, WriteCondition.Absent);

    public static ItemWrite Replace(Item item, string document) =>
        new(item.Key, document, WriteCondition.Version, item.Version);

    public static ItemWrite Put(ItemKey key, string document) => new(key, document, WriteCondition.None);

    public static ItemWrite Delete(Item item) => new(item.Key, null, WriteCondition.Version, item.Version);
}

/// <summary>A range of sort keys, both bounds inclusive, read in pages.</summary>
/// <param name="Prefix">Only sort keys that begin so.</param>
/// <param name="After">The cursor of the page before, or null for the first.</param>
public sealed record ItemQuery(
    TenantId Tenant,
    string Partition,
    string Prefix = "",
    string? After = null,
    int Limit = 100,
    bool Descending = false
);

/// <summary>One page; <paramref name="Next"/> is the cursor of the next, or null at the end.</summary>
public sealed record ItemPage(IReadOnlyList<Item> Items, string? Next);
