using System.Text;

namespace Lace.Platform.Embedded;

/// <summary>Items in one table of a SQLite file.</summary>
internal sealed class SqliteItemStore(string path) : IItemStore, IDisposable
{
    private const string Schema = """
        CREATE TABLE IF NOT EXISTS items (
            tenant TEXT NOT NULL, partition TEXT NOT NULL, sort TEXT NOT NULL,
            version INTEGER NOT NULL, document TEXT NOT NULL,
            PRIMARY KEY (tenant, partition, sort))
        """;

    private const string Key = "tenant = $1 AND partition = $2 AND sort = $3";

    // No UTF-8 text holds the byte FF, so that prefix || FF is above every key with the prefix.
    private const string Range =
        "SELECT sort, document, version FROM items WHERE tenant = $1 AND partition = $2 "
        + "AND sort >= $3 AND sort < $3 || CAST(x'FF' AS TEXT) ";

    private readonly SqliteDatabase database = SqliteDatabase.Open(path, 1, Schema);

    public Task<Item?> GetAsync(ItemKey key, CancellationToken cancellationToken = default)
    {
        ItemLimits.Check(key);
        return Task.FromResult(
            database.Read(session =>
            {
                using var row = session.Query(
                    $"SELECT document, version FROM items WHERE {Key}",
                    key.Tenant.Value,
                    key.Partition,
                    key.Sort
                );
                return row.Read() ? new Item(key, row.GetString(0), row.GetInt64(1)) : null;
            })
        );
    }

    public Task<bool> WriteAsync(ItemWrite write, CancellationToken cancellationToken = default)
    {
        ItemLimits.Check(write);
        return database.WriteAsync(session => Apply(session, write), cancellationToken);
    }

    public Task<bool> TransactAsync(IReadOnlyList<ItemWrite> writes, CancellationToken cancellationToken = default)
    {
        ItemLimits.Check(writes);
        ItemWrite[] all = [.. writes];
        return database.WriteAsync(session => ApplyAll(session, all), cancellationToken);
    }

    public Task<ItemPage> QueryAsync(ItemQuery query, CancellationToken cancellationToken = default)
    {
        ItemLimits.Check(query);
        return Task.FromResult(database.Read(session => ReadPage(session, query)));
    }

    public void Dispose() => database.Dispose();

    /// <summary>The transaction holds other callers' changes too, hence a savepoint of our own.</summary>
    private static bool ApplyAll(SqliteSession session, ItemWrite[] writes)
    {
        session.Execute("SAVEPOINT writes");
        var applied = writes.All(write => Apply(session, write));
        if (!applied)
        {
            session.Execute("ROLLBACK TO writes");
        }

        session.Execute("RELEASE writes");
        return applied;
    }

    private static bool Apply(SqliteSession session, ItemWrite write)
    {
        var (tenant, partition, sort) = (write.Key.Tenant.Value, write.Key.Partition, write.Key.Sort);
        var document = write.Document ?? "";
        switch (write.Document, write.Condition)
        {
            case (null, WriteCondition.None):
                session.Execute($"DELETE FROM items WHERE {Key}", tenant, partition, sort);
                return true;
            case (null, WriteCondition.Absent):
                return session.Number($"SELECT count(*) FROM items WHERE {Key}", tenant, partition, sort) == 0;
            case (null, WriteCondition.Version):
                return 1
                    == session.Execute(
                        $"DELETE FROM items WHERE {Key} AND version = $4",
                        tenant,
                        partition,
                        sort,
                        write.ExpectedVersion
                    );
            case (_, WriteCondition.None):
                return 1
                    == session.Execute(
                        "INSERT INTO items VALUES ($1, $2, $3, 1, $4) "
                            + "ON CONFLICT DO UPDATE SET version = version + 1, document = $4",
                        tenant,
                        partition,
                        sort,
                        document
                    );
            case (_, WriteCondition.Absent):
                return 1
                    == session.Execute(
                        "INSERT INTO items VALUES ($1, $2, $3, 1, $4) ON CONFLICT DO NOTHING",
                        tenant,
                        partition,
                        sort,
                        document
                    );
            default:
                return 1
                    == session.Execute(
                        $"UPDATE items SET version = version + 1, document = $5 WHERE {Key} AND version = $4",
                        tenant,
                        partition,
                        sort,
                        write.ExpectedVersion,
                        document
                    );
        }
    }

    private static ItemPage ReadPage(SqliteSession session, ItemQuery query)
    {
        var (after, order) = query.Descending ? ("sort < $5", "DESC") : ("sort > $5", "ASC");
        using var row = session.Query(
            $"{Range} AND ($4 = 0 OR {after}) ORDER BY sort {order} LIMIT $6",
            query.Tenant.Value,
            query.Partition,
            query.Prefix,
            query.After is null ? 0 : 1,
            query.After ?? "",
            query.Limit + 1
        );
        var items = new List<Item>();
        var bytes = 0;
        while (row.Read())
        {
            if (items.Count == query.Limit || bytes >= ItemLimits.PageBytes)
            {
                return new ItemPage(items, items[^1].Key.Sort);
            }

            var key = new ItemKey(query.Tenant, query.Partition, row.GetString(0));
            var item = new Item(key, row.GetString(1), row.GetInt64(2));
            bytes += Encoding.UTF8.GetByteCount(item.Document);
            items.Add(item);
        }

        return new ItemPage(items, null);
    }
}
