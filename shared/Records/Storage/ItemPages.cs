using System.Runtime.CompilerServices;
using Lace.Platform;

namespace Lace.Records.Storage;

internal static class ItemPages
{
    /// <summary>Every item of a partition whose sort key begins with the prefix, read page by page.</summary>
    public static async IAsyncEnumerable<Item> AllAsync(
        this IItemStore items,
        TenantId tenant,
        string partition,
        string prefix,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        string? after = null;
        do
        {
            var page = await items.QueryAsync(new ItemQuery(tenant, partition, prefix, after), cancellationToken);
            foreach (var item in page.Items)
            {
                yield return item;
            }

            after = page.Next;
        } while (after is not null);
    }
}
