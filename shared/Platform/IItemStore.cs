namespace Lace.Platform;

/// <summary>Small JSON documents under a partition and a sort key, with conditional writes: the one place where decisions are made.</summary>
/// <remarks>
/// The contract is what DynamoDB gives and no more. Reads are consistent. A write that returned is durable: it survives a
/// kill of the process and a loss of power. Every write is safe to repeat, because its condition makes the second one fail.
/// A document has at most 256 KiB of UTF-8; bigger things go to <see cref="IBlobStore"/>, their digest here.
/// Keys, documents or limits outside the contract are refused with an <see cref="ArgumentException"/>;
/// when the store itself fails, a <see cref="StorageException"/> says so and nothing was written.
/// </remarks>
public interface IItemStore
{
    /// <summary>The item, or null.</summary>
    Task<Item?> GetAsync(ItemKey key, CancellationToken cancellationToken = default);

    /// <summary>Writes one item if <paramref name="write"/>'s condition holds; false if it does not.</summary>
    Task<bool> WriteAsync(ItemWrite write, CancellationToken cancellationToken = default);

    /// <summary>Applies all writes or none; false if a condition does not hold. 1 to 100 writes, each to another key, at most 3.5 MiB together.</summary>
    Task<bool> TransactAsync(IReadOnlyList<ItemWrite> writes, CancellationToken cancellationToken = default);

    /// <summary>Items of one partition in the order of their sort keys.</summary>
    Task<ItemPage> QueryAsync(ItemQuery query, CancellationToken cancellationToken = default);
}

/// <summary>
/// Address of an item: strings of 1 to 512 characters, at most 1,024 bytes in UTF-8, without U+0000 and lone surrogates.
/// The bytes of the sort key in UTF-8 order the items.
/// </summary>
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

/// <summary>A put, or a delete where <paramref name="Document"/> is null; a delete of what must be absent only checks that it is.</summary>
public sealed record ItemWrite(ItemKey Key, string? Document, WriteCondition Condition, long ExpectedVersion = 0)
{
    public static ItemWrite Create(ItemKey key, string document) => new(key, document, WriteCondition.Absent);

    public static ItemWrite Replace(Item item, string document) =>
        new(item.Key, document, WriteCondition.Version, item.Version);

    public static ItemWrite Put(ItemKey key, string document) => new(key, document, WriteCondition.None);

    public static ItemWrite Delete(Item item) => new(item.Key, null, WriteCondition.Version, item.Version);
}

/// <summary>Sort keys with a common prefix, read in pages.</summary>
/// <param name="Prefix">Only sort keys that begin so; empty for all.</param>
/// <param name="After">The cursor of the page before, or null for the first. No cursor leads out of the partition or the prefix.</param>
/// <param name="Limit">1 to 1,000. A page may be shorter than that and not be the last.</param>
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
