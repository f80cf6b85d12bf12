using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;

namespace Lace.Platform.Aws;

/// <summary>One write in the words of DynamoDB, and how to tell afterwards whether it was this one that took effect.</summary>
/// <remarks>
/// Attributes: <c>doc</c>, <c>ver</c>, and the ids of the writes: that of version n in <c>w(n mod 16)</c>, that of the last
/// unconditional put in <c>wp</c>. So a writer whose answer was lost finds its own id also where others have written since.
/// </remarks>
internal sealed class ConditionalWrite
{
    private const int Slots = 16;
    private const string IsAbsent = "attribute_not_exists(pk)";
    private const string HasVersion = "#v = :expected";

    private readonly ItemWrite write;
    private readonly string id;
    private readonly Dictionary<string, AttributeValue> key;
    private readonly Dictionary<string, string> names = new(StringComparer.Ordinal);
    private readonly Dictionary<string, AttributeValue> values = new(StringComparer.Ordinal);
    private readonly string? update;
    private readonly string? condition;

    /// <param name="id">Of the write, or of the transaction that it is part of; never used again.</param>
    public ConditionalWrite(ItemWrite write, string id)
    {
        this.write = write;
        this.id = id;
        key = DynamoItem.KeyOf(write.Key);
        (update, condition) = (write.Document, write.Condition) switch
        {
            (null, WriteCondition.None) => (null, null),
            (null, WriteCondition.Absent) => (null, IsAbsent),
            (null, WriteCondition.Version) => (null, Expecting()),
            (_, WriteCondition.None) => (PutOver(), "attribute_not_exists(#p) OR #p <> :id"),
            (_, WriteCondition.Absent) => (Set(), IsAbsent),
            _ => (Set(), Expecting()),
        };
    }

    private bool IsPut => write.Document is not null;

    private long NextVersion => write.Condition == WriteCondition.Version ? write.ExpectedVersion + 1 : 1;

    private string Slot => $"w{NextVersion % Slots}";

    public Task SendAsync(IAmazonDynamoDB client, string table, bool tellOld, CancellationToken cancellationToken) =>
        IsPut
            ? client.UpdateItemAsync(
                new UpdateItemRequest
                {
                    TableName = table,
                    Key = key,
                    UpdateExpression = update,
                    ConditionExpression = condition,
                    ExpressionAttributeNames = Names,
                    ExpressionAttributeValues = Values,
                    ReturnValuesOnConditionCheckFailure = Old(tellOld),
                },
                cancellationToken
            )
            : client.DeleteItemAsync(
                new DeleteItemRequest
                {
                    TableName = table,
                    Key = key,
                    ConditionExpression = condition,
                    ExpressionAttributeNames = Names,
                    ExpressionAttributeValues = Values,
                    ReturnValuesOnConditionCheckFailure = Old(tellOld),
                },
                cancellationToken
            );

    public TransactWriteItem InTransaction(string table)
    {
        var old = Old(true);
        if (IsPut)
        {
            return new TransactWriteItem
            {
                Update = new Update
                {
                    TableName = table,
                    Key = key,
                    UpdateExpression = update,
                    ConditionExpression = condition,
                    ExpressionAttributeNames = Names,
                    ExpressionAttributeValues = Values,
                    ReturnValuesOnConditionCheckFailure = old,
                },
            };
        }

        return write.Condition == WriteCondition.Absent
            ? new TransactWriteItem
            {
                ConditionCheck = new ConditionCheck
                {
                    TableName = table,
                    Key = key,
                    ConditionExpression = condition,
                    ReturnValuesOnConditionCheckFailure = old,
                },
            }
            : new TransactWriteItem
            {
                Delete = new Delete
                {
                    TableName = table,
                    Key = key,
                    ConditionExpression = condition,
                    ExpressionAttributeNames = Names,
                    ExpressionAttributeValues = Values,
                    ReturnValuesOnConditionCheckFailure = old,
                },
            };
    }

    /// <summary>Whether a refused write had taken effect before. Null where the item does not tell any more.</summary>
    /// <param name="stored">What is there now, as the refusal told.</param>
    public bool? TookEffect(Dictionary<string, AttributeValue>? stored)
    {
        if (stored is not { Count: > 0 })
        {
            // Gone is what a delete of a version wanted. A rival that deleted the same version is taken for us.
            return !IsPut && write.Condition == WriteCondition.Version;
        }

        if (!IsPut)
        {
            return false;
        }

        var slot = write.Condition == WriteCondition.None ? "wp" : Slot;
        return stored.TryGetValue(slot, out var writer) && writer.S == id ? true
            : DynamoItem.VersionOf(stored) >= NextVersion + Slots ? null
            : false;
    }

    /// <summary>Whether an item that is there tells by its slots who wrote it.</summary>
    public bool LeavesTrace => IsPut;

    private Dictionary<string, string>? Names => names.Count == 0 ? null : names;

    private Dictionary<string, AttributeValue>? Values => values.Count == 0 ? null : values;

    private static ReturnValuesOnConditionCheckFailure Old(bool tell) =>
        tell ? ReturnValuesOnConditionCheckFailure.ALL_OLD : ReturnValuesOnConditionCheckFailure.NONE;

    private string Expecting()
    {
        names["#v"] = "ver";
        values[":expected"] = DynamoItem.Number(write.ExpectedVersion);
        return HasVersion;
    }

    private string Set()
    {
        Document();
        names["#w"] = Slot;
        values[":next"] = DynamoItem.Number(NextVersion);
        return "SET #d = :doc, #v = :next, #w = :id";
    }

    private string PutOver()
    {
        Document();
        names["#p"] = "wp";
        values[":zero"] = DynamoItem.Number(0);
        values[":one"] = DynamoItem.Number(1);
        return "SET #d = :doc, #v = if_not_exists(#v, :zero) + :one, #p = :id";
    }

    private void Document()
    {
        names["#d"] = "doc";
        names["#v"] = "ver";
        values[":doc"] = new AttributeValue { S = write.Document };
        values[":id"] = new AttributeValue { S = id };
    }
}
