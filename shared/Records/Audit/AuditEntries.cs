using System.Runtime.CompilerServices;
using System.Text;
using Lace.Platform;

namespace Lace.Records.Audit;

/// <summary>Reads the chains.</summary>
internal sealed class AuditEntries(IItemStore items)
{
    private const int PageItems = 1000;

    /// <summary>One page of lines, oldest first.</summary>
    public async Task<(IReadOnlyList<string> Lines, string? Next)> PageAsync(
        TenantId tenant,
        int limit,
        string? after,
        CancellationToken cancellationToken
    )
    {
        var query = new ItemQuery(tenant, AuditTrail.Partition, AuditTrail.EntryPrefix, after, limit);
        var page = await items.QueryAsync(query, cancellationToken);
        return ([.. page.Items.Select(item => item.Document)], page.Next);
    }

    /// <summary>All entries as JSON Lines, in pieces of many lines.</summary>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> JsonLinesAsync(
        TenantId tenant,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        string? after = null;
        do
        {
            (var lines, after) = await PageAsync(tenant, PageItems, after, cancellationToken);
            yield return Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line + "\n")));
        } while (after is not null);
    }
}
