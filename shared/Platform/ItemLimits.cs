namespace Lace.Platform;

/// <summary>The limits of <see cref="IItemStore"/>, checked the same way by every adapter before it stores anything.</summary>
internal static class ItemLimits
{
    public const int DocumentBytes = 256 * 1024;
    public const int TransactionBytes = 3_584 * 1024;
    public const int TransactionWrites = 100;
    public const int KeyCharacters = 512;
    public const int KeyBytes = 1024;
    public const int PageItems = 1000;

    /// <summary>A page ends with the item that reaches this size, so that reading large documents stays small in memory.</summary>
    public const int PageBytes = 1024 * 1024;

    public static void Check(ItemKey key)
    {
        CheckTenant(key.Tenant);
        CheckKeyPart(key.Partition, "partition");
        CheckKeyPart(key.Sort, "sort");
    }

    public static void Check(IReadOnlyList<ItemWrite> writes)
    {
        ArgumentNullException.ThrowIfNull(writes);
        if (writes.Count is 0 or > TransactionWrites)
        {
            throw new ArgumentException($"A transaction has 1 to {TransactionWrites} writes.", nameof(writes));
        }

        if (writes.Select(write => write.Key).Distinct().Count() != writes.Count)
        {
            throw new ArgumentException("A transaction writes each key once.", nameof(writes));
        }

        if (writes.Sum(Check) > TransactionBytes)
        {
            throw new ArgumentException(
                $"A transaction has at most {TransactionBytes} bytes of documents.",
                nameof(writes)
            );
        }
    }

    /// <returns>Bytes of the document.</returns>
    public static int Check(ItemWrite write)
    {
        ArgumentNullException.ThrowIfNull(write);
        Check(write.Key);
        if (!Enum.IsDefined(write.Condition))
        {
            throw new ArgumentException("Unknown condition.", nameof(write));
        }

        var bytes = write.Document is null ? 0 : WellFormed.ByteCount(write.Document, nameof(write));
        return bytes <= DocumentBytes
            ? bytes
            : throw new ArgumentException($"A document has at most {DocumentBytes} bytes, not {bytes}.", nameof(write));
    }

    public static void Check(ItemQuery query)
    {
        ArgumentNullException.ThrowIfNull(query);
        CheckTenant(query.Tenant);
        CheckKeyPart(query.Partition, "partition");
        WellFormed.ByteCount(query.Prefix, "prefix");
        WellFormed.ByteCount(query.After ?? "", "after");
        if (query.Limit is < 1 or > PageItems)
        {
            throw new ArgumentOutOfRangeException(nameof(query), query.Limit, $"A page has 1 to {PageItems} items.");
        }
    }

    public static void CheckTenant(TenantId tenant)
    {
        if (tenant.Value is null)
        {
            throw new ArgumentException("No tenant was given.", nameof(tenant));
        }
    }

    private static void CheckKeyPart(string part, string name)
    {
        var bytes = WellFormed.ByteCount(part, name);
        if (bytes is 0 or > KeyBytes || part.Length > KeyCharacters)
        {
            throw new ArgumentException(
                $"A {name} key has 1 to {KeyCharacters} characters and {KeyBytes} bytes.",
                name
            );
        }
    }
}
