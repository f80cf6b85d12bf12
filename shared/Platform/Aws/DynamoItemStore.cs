using System.Security.Cryptography;
using System.Text;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;

namespace Lace.Platform.Aws;

/// <summary>Items in one DynamoDB table.</summary>
/// <remarks>
/// A write whose answer was lost is sent again. If its condition then fails, the item says whose write it holds, so the caller
/// hears what became of his own. Deletes leave nothing behind that could say so: where the item is gone, a delete of its version
/// counts as done. Who must win a race therefore writes, as the whole of Lace does.
/// </remarks>
internal sealed class DynamoItemStore(IAmazonDynamoDB client, string table, AwsCalls calls) : IItemStore
{
    private const int IdBytes = 8;

    public Task<Item?> GetAsync(ItemKey key, CancellationToken cancellationToken = default)
    {
        ItemLimits.Check(key);
        var request = new GetItemRequest
        {
            TableName = table,
            Key = DynamoItem.KeyOf(key),
            ConsistentRead = true,
        };
        return calls.RunAsync(
            "read an item",
            async _ =>
                (await client.GetItemAsync(request, cancellationToken)).Item is { Count: > 0 } stored
                    ? DynamoItem.Parse(key, stored)
                    : null,
            cancellationToken
        );
    }

    public async Task<bool> WriteAsync(ItemWrite write, CancellationToken cancellationToken = default)
    {
        ItemLimits.Check(write);
        if (write is { Document: null, Condition: WriteCondition.Absent })
        {
            return await GetAsync(write.Key, cancellationToken) is null;
        }

        var conditional = new ConditionalWrite(write, NewId());
        return await calls.RunAsync(
            "write an item",
            async uncertain =>
            {
                try
                {
                    await conditional.SendAsync(client, table, uncertain, cancellationToken);
                    return true;
                }
                catch (ConditionalCheckFailedException refusal)
                {
                    return uncertain && (conditional.TookEffect(refusal.Item) ?? throw NobodyKnows());
                }
            },
            cancellationToken
        );
    }

    public Task<bool> TransactAsync(IReadOnlyList<ItemWrite> writes, CancellationToken cancellationToken = default)
    {
        ItemLimits.Check(writes);
        if (writes is [var single])
        {
            return WriteAsync(single, cancellationToken);
        }

        var id = NewId();
        ConditionalWrite[] all = [.. writes.Select(write => new ConditionalWrite(write, id))];
        var request = new TransactWriteItemsRequest
        {
            TransactItems = [.. all.Select(write => write.InTransaction(table))],
            // For ten minutes DynamoDB itself knows a repetition by it; the ids in the items do for ever.
            ClientRequestToken = Guid.NewGuid().ToString(),
        };
        return calls.RunAsync(
            "write items together",
            async uncertain =>
            {
                try
                {
                    await client.TransactWriteItemsAsync(request, cancellationToken);
                    return true;
                }
                catch (TransactionCanceledException refusal) when (AwsFailures.IsCondition(refusal))
                {
                    return uncertain && TookEffect(all, refusal.CancellationReasons);
                }
            },
            cancellationToken
        );
    }

    public async Task<ItemPage> QueryAsync(ItemQuery query, CancellationToken cancellationToken = default)
    {
        ItemLimits.Check(query);
        if (IsBehindTheEnd(query))
        {
            return new ItemPage([], null);
        }

        var request = new QueryRequest
        {
            TableName = table,
            ConsistentRead = true,
            KeyConditionExpression = query.Prefix.Length == 0 ? "pk = :pk" : "pk = :pk AND begins_with(sk, :prefix)",
            ExpressionAttributeValues = new Dictionary<string, AttributeValue>(StringComparer.Ordinal)
            {
                [":pk"] = new() { S = DynamoItem.PartitionOf(query.Tenant, query.Partition) },
            },
            ExclusiveStartKey = IsWithin(query)
                ? DynamoItem.KeyOf(new ItemKey(query.Tenant, query.Partition, query.After!))
                : null,
            ScanIndexForward = !query.Descending,
            Limit = query.Limit,
        };
        if (query.Prefix.Length > 0)
        {
            request.ExpressionAttributeValues[":prefix"] = new AttributeValue { S = query.Prefix };
        }

        var answer = await calls.RunAsync(
            "read items",
            _ => client.QueryAsync(request, cancellationToken),
            cancellationToken
        );
        return new ItemPage(
            [.. (answer.Items ?? []).Select(stored => Parse(query, stored))],
            answer.LastEvaluatedKey is { Count: > 0 } last ? last["sk"].S : null
        );
    }

    /// <summary>A transaction took effect as a whole, so that one of its writes that is known to have is enough.</summary>
    private static bool TookEffect(ConditionalWrite[] writes, List<CancellationReason> reasons)
    {
        var refused = writes
            .Zip(reasons, (write, reason) => (Write: write, Reason: reason))
            .Where(pair => pair.Reason.Code == "ConditionalCheckFailed")
            .Select(pair => (pair.Write.LeavesTrace, Effect: pair.Write.TookEffect(pair.Reason.Item)))
            .ToArray();
        if (refused.Any(pair => pair is { LeavesTrace: true, Effect: true }))
        {
            return true;
        }

        if (refused.Any(pair => pair.Effect is null))
        {
            throw NobodyKnows();
        }

        return !writes.Any(write => write.LeavesTrace) && refused.All(pair => pair.Effect == true);
    }

    /// <summary>DynamoDB takes only cursors inside what is asked for; ours may come from another query.</summary>
    private static bool IsWithin(ItemQuery query) =>
        query.After is { Length: > 0 } after && after.StartsWith(query.Prefix, StringComparison.Ordinal);

    private static bool IsBehindTheEnd(ItemQuery query)
    {
        if (query.After is null || IsWithin(query))
        {
            return false;
        }

        var order = Encoding
            .UTF8.GetBytes(query.After)
            .AsSpan()
            .SequenceCompareTo(Encoding.UTF8.GetBytes(query.Prefix));
        return query.Descending ? order <= 0 : order > 0;
    }

    private static Item Parse(ItemQuery query, Dictionary<string, AttributeValue> stored) =>
        DynamoItem.Parse(new ItemKey(query.Tenant, query.Partition, stored["sk"].S), stored);

    private static string NewId() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(IdBytes));

    private static StorageException NobodyKnows() =>
        new("An answer of the table was lost and others have written since: read the item to see what is there.");
}
