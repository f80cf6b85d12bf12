using Lace.Platform;
using Lace.Platform.Embedded;

namespace Lace.Tests.Platform;

public sealed class CommitGroupsTests : IDisposable
{
    private readonly PlatformFolder folder = new();
    private readonly SqliteDatabase database;

    public CommitGroupsTests()
    {
        Directory.CreateDirectory(folder.Root);
        database = SqliteDatabase.Open(folder["a.db"], 1, "CREATE TABLE IF NOT EXISTS t (n INTEGER PRIMARY KEY)");
    }

    public void Dispose()
    {
        database.Dispose();
        folder.Dispose();
    }

    [Fact]
    public async Task Changes_that_wait_share_a_transaction()
    {
        using var busy = new ManualResetEventSlim();
        var first = Write(_ => Block(busy));
        var group = Enumerable.Range(0, 50).Select(n => Write(session => Insert(session, n))).ToList();
        var before = LogBytes;
        busy.Set();
        await first;
        await Task.WhenAll(group);
        // A transaction of its own appends at least one page of four KiB to the log.
        Assert.InRange(LogBytes - before, 1, 5 * 4200);
    }

    [Fact]
    public async Task A_change_that_fails_takes_no_other_with_it()
    {
        using var busy = new ManualResetEventSlim();
        var first = Write(_ => Block(busy));
        var good = Write(session => Insert(session, 1));
        var twice = Write(session => Insert(session, 1));
        var bad = Write(_ => throw new InvalidOperationException("mine"));
        var later = Write(session => Insert(session, 2));
        busy.Set();
        await first;
        await good;
        await later;
        Assert.Contains(
            "UNIQUE",
            (await Assert.ThrowsAsync<StorageException>(() => twice)).Message,
            StringComparison.Ordinal
        );
        Assert.Equal("mine", (await Assert.ThrowsAsync<InvalidOperationException>(() => bad)).Message);
        Assert.Equal(2, database.Read(session => session.Number("SELECT count(*) FROM t")));
    }

    [Fact]
    public async Task A_full_database_refuses_what_does_not_fit_and_goes_on()
    {
        // The limit counts pages of four KiB; it holds for this connection alone.
        await Write(session => session.Execute("PRAGMA max_page_count = 30"));
        await Write(session => session.Execute("CREATE TABLE big (b BLOB)"));
        var large = Write(session => session.Execute("INSERT INTO big VALUES (zeroblob(1000000))"));
        var small = Write(session => Insert(session, 1));
        await Assert.ThrowsAsync<StorageFullException>(() => large);
        await small;
        Assert.Equal(0, database.Read(session => session.Number("SELECT count(*) FROM big")));
        Assert.Equal(1, database.Read(session => session.Number("SELECT count(*) FROM t")));
    }

    private long LogBytes => new FileInfo(folder["a.db-wal"]).Length;

    private Task<long> Write(Func<SqliteSession, long> change) => database.WriteAsync(change, CancellationToken.None);

    private static long Insert(SqliteSession session, int n) => session.Execute("INSERT INTO t VALUES ($1)", n);

    private static long Block(ManualResetEventSlim busy)
    {
        busy.Wait(TimeSpan.FromSeconds(30));
        return 0;
    }
}
