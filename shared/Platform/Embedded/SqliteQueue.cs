using System.Globalization;

namespace Lace.Platform.Embedded;

/// <summary>Messages in one table of a SQLite file.</summary>
/// <remarks>A receipt is the message and the number of its delivery, which never comes again, not even after a redrive.</remarks>
internal sealed class SqliteQueue(string path, TimeProvider clock) : IQueue, IDisposable
{
    private const int MaxBodyBytes = 256 * 1024;
    private const int MaxBatch = 1000;
    private static readonly TimeSpan MaxVisibility = TimeSpan.FromHours(12);

    private const string Messages = """
        CREATE TABLE IF NOT EXISTS messages (
            id INTEGER PRIMARY KEY AUTOINCREMENT, body BLOB NOT NULL, sent_at INTEGER NOT NULL,
            visible_at INTEGER NOT NULL, receives INTEGER NOT NULL DEFAULT 0, delivery INTEGER NOT NULL DEFAULT 0,
            dead INTEGER NOT NULL DEFAULT 0)
        """;

    private const string ByVisibility =
        "CREATE INDEX IF NOT EXISTS messages_by_visibility ON messages (dead, visible_at, id)";

    // Hardly ever has a row, so that looking for messages to give up on costs nothing on a long queue.
    private const string Exhausted = "dead = 0 AND receives >= 5";
    private const string ByExhaustion =
        $"CREATE INDEX IF NOT EXISTS messages_exhausted ON messages (visible_at) WHERE {Exhausted}";

    private readonly SqliteDatabase database = SqliteDatabase.Open(path, 1, Messages, ByVisibility, ByExhaustion);

    public int MaxReceives => 5;

    public Task SendAsync(ReadOnlyMemory<byte> body, CancellationToken cancellationToken = default)
    {
        if (body.Length > MaxBodyBytes)
        {
            throw new ArgumentException(
                $"A message has at most {MaxBodyBytes} bytes, not {body.Length}.",
                nameof(body)
            );
        }

        var bytes = body.ToArray();
        return database.WriteAsync(
            session =>
                session.Execute("INSERT INTO messages (body, sent_at, visible_at) VALUES ($1, $2, $2)", bytes, Now()),
            cancellationToken
        );
    }

    public Task<IReadOnlyList<QueueMessage>> ReceiveAsync(
        int max,
        TimeSpan visibility,
        CancellationToken cancellationToken = default
    )
    {
        CheckBatch(max);
        ArgumentOutOfRangeException.ThrowIfLessThan(visibility, TimeSpan.FromMilliseconds(1));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(visibility, MaxVisibility);
        // Asking an empty queue again and again must not take the write lock.
        return
            database.Read(session =>
                session.Number("SELECT EXISTS (SELECT 1 FROM messages WHERE dead = 0 AND visible_at <= $1)", Now())
            ) == 0
            ? Task.FromResult<IReadOnlyList<QueueMessage>>([])
            : database.WriteAsync(session => Receive(session, max, visibility), cancellationToken);
    }

    public Task CompleteAsync(IReadOnlyList<string> receipts, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(receipts);
        var deliveries = receipts.Select(ParseReceipt).OfType<(long Id, long Delivery)>().ToArray();
        return deliveries.Length == 0
            ? Task.CompletedTask
            : database.WriteAsync(
                session =>
                    deliveries.Sum(delivery =>
                        session.Execute(
                            "DELETE FROM messages WHERE id = $1 AND delivery = $2 AND dead = 0",
                            delivery.Id,
                            delivery.Delivery
                        )
                    ),
                cancellationToken
            );
    }

    public Task<IReadOnlyList<QueueMessage>> DeadLettersAsync(int max, CancellationToken cancellationToken = default)
    {
        CheckBatch(max);
        return Task.FromResult(
            database.Read<IReadOnlyList<QueueMessage>>(session =>
            {
                using var row = session.Query(
                    "SELECT id, '', body, sent_at, receives FROM messages WHERE dead = 1 ORDER BY id LIMIT $1",
                    max
                );
                return ReadMessages(row);
            })
        );
    }

    public Task<int> RedriveAsync(CancellationToken cancellationToken = default) =>
        database.WriteAsync(
            session =>
                session.Execute("UPDATE messages SET dead = 0, receives = 0, visible_at = $1 WHERE dead = 1", Now()),
            cancellationToken
        );

    public void Dispose() => database.Dispose();

    private IReadOnlyList<QueueMessage> Receive(SqliteSession session, int max, TimeSpan visibility)
    {
        var now = Now();
        session.Execute(
            $"UPDATE messages INDEXED BY messages_exhausted SET dead = 1 WHERE {Exhausted} AND visible_at <= $1",
            now
        );
        using var row = session.Query(
            """
            UPDATE messages SET visible_at = $2, receives = receives + 1, delivery = delivery + 1
            WHERE id IN (SELECT id FROM messages WHERE dead = 0 AND visible_at <= $1 ORDER BY visible_at, id LIMIT $3)
            RETURNING id, id || '-' || delivery, body, sent_at, receives
            """,
            now,
            now + (long)visibility.TotalMilliseconds,
            max
        );
        return [.. ReadMessages(row).OrderBy(message => long.Parse(message.Id))];
    }

    private static List<QueueMessage> ReadMessages(Microsoft.Data.Sqlite.SqliteDataReader row)
    {
        var messages = new List<QueueMessage>();
        while (row.Read())
        {
            var sentAt = DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(3));
            var body = row.GetFieldValue<byte[]>(2);
            messages.Add(new QueueMessage(row.GetString(0), row.GetString(1), body, sentAt, row.GetInt32(4)));
        }

        return messages;
    }

    private static (long Id, long Delivery)? ParseReceipt(string receipt)
    {
        var parts = receipt?.Split('-') ?? [];
        return
            parts.Length == 2
            && long.TryParse(parts[0], NumberStyles.None, null, out var id)
            && long.TryParse(parts[1], NumberStyles.None, null, out var delivery)
            ? (id, delivery)
            : null;
    }

    private static void CheckBatch(int max)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(max, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(max, MaxBatch);
    }

    private long Now() => clock.GetUtcNow().ToUnixTimeMilliseconds();
}
