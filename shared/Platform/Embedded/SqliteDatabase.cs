using System.Collections.Concurrent;

namespace Lace.Platform.Embedded;

/// <summary>A SQLite file in WAL mode: any number of readers, one writer that commits in groups. Several processes may open it.</summary>
internal sealed class SqliteDatabase : IDisposable
{
    private readonly string path;
    private readonly ConcurrentBag<SqliteSession> readers = [];
    private readonly CommitGroups writer;
    private volatile bool disposed;

    private SqliteDatabase(string path, SqliteSession session)
    {
        this.path = path;
        writer = new CommitGroups(session, $"write to {path}");
    }

    /// <param name="version">Of the schema; a file of a later one is refused.</param>
    /// <param name="schema">Statements that create what is missing.</param>
    public static SqliteDatabase Open(string path, int version, params ReadOnlySpan<string> schema)
    {
        SQLitePCL.Batteries_V2.Init();
        SqliteSession? session = null;
        try
        {
            session = new SqliteSession(path);
            session.Execute("PRAGMA journal_mode = WAL");
            session.Execute("BEGIN IMMEDIATE");
            var found = session.Number("PRAGMA user_version");
            if (found > version)
            {
                throw new StorageException($"{path} was written by a later version of Lace. Use that version.");
            }

            foreach (var statement in schema)
            {
                session.Execute(statement);
            }

            session.Execute($"PRAGMA user_version = {version}");
            session.Execute("COMMIT");
            Folder.Sync(Path.GetDirectoryName(path)!);
            return new SqliteDatabase(path, session);
        }
        catch (Exception e)
        {
            session?.Dispose();
            if (StorageFailure.Is(e))
            {
                throw StorageFailure.From($"open {path}", e);
            }

            throw;
        }
    }

    /// <summary>Runs a read on a connection of its own; it sees every write that returned before.</summary>
    public T Read<T>(Func<SqliteSession, T> read)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        SqliteSession? session = null;
        try
        {
            session = readers.TryTake(out var idle) ? idle : new SqliteSession(path);
            var result = read(session);
            readers.Add(session);
            session = null;
            return result;
        }
        catch (Exception e) when (StorageFailure.Is(e))
        {
            throw StorageFailure.From($"read from {path}", e);
        }
        finally
        {
            // A connection whose statement failed halfway is not used again.
            session?.Dispose();
        }
    }

    /// <summary>Runs a change in a transaction; the task ends when it is on the disk.</summary>
    public Task<T> WriteAsync<T>(Func<SqliteSession, T> change, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return writer.RunAsync(change);
    }

    public void Dispose()
    {
        disposed = true;
        writer.Dispose();
        while (readers.TryTake(out var session))
        {
            session.Dispose();
        }
    }
}
