using Microsoft.Data.Sqlite;

namespace Lace.Platform.Embedded;

/// <summary>One connection with its prepared statements. Used by one thread at a time.</summary>
internal sealed class SqliteSession : IDisposable
{
    private readonly SqliteConnection connection;
    private readonly Dictionary<string, SqliteCommand> statements = [];

    public SqliteSession(string path)
    {
        var settings = new SqliteConnectionStringBuilder { DataSource = path, Pooling = false };
        connection = new SqliteConnection(settings.ToString());
        connection.Open();
        // FULL: the log is on the disk before a commit returns. Other processes may hold the write lock for a while.
        Execute("PRAGMA busy_timeout = 10000");
        Execute("PRAGMA synchronous = FULL");
    }

    /// <summary>False while a transaction is open; SQLite ends one by itself on some errors.</summary>
    public bool IsAutocommit => SQLitePCL.raw.sqlite3_get_autocommit(connection.Handle) != 0;

    /// <summary>Runs a statement whose parameters are $1, $2, …; returns the number of rows it changed.</summary>
    public int Execute(string sql, params ReadOnlySpan<object> values) => Prepare(sql, values).ExecuteNonQuery();

    public SqliteDataReader Query(string sql, params ReadOnlySpan<object> values) =>
        Prepare(sql, values).ExecuteReader();

    public long Number(string sql, params ReadOnlySpan<object> values) =>
        Convert.ToInt64(Prepare(sql, values).ExecuteScalar());

    public void Dispose()
    {
        foreach (var statement in statements.Values)
        {
            statement.Dispose();
        }

        connection.Dispose();
    }

    private SqliteCommand Prepare(string sql, ReadOnlySpan<object> values)
    {
        if (!statements.TryGetValue(sql, out var statement))
        {
            statement = connection.CreateCommand();
#pragma warning disable CA2100 // every text is a constant of this assembly; values are parameters
            statement.CommandText = sql;
#pragma warning restore CA2100
            statements.Add(sql, statement);
            for (var i = 0; i < values.Length; i++)
            {
                statement.Parameters.Add(new SqliteParameter($"${i + 1}", null));
            }
        }

        for (var i = 0; i < values.Length; i++)
        {
            statement.Parameters[i].Value = values[i];
        }

        return statement;
    }
}
