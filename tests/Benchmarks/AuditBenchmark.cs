using System.Collections.Concurrent;
using System.Diagnostics;
using System.Security.Cryptography;
using Lace.Evidence.Audit;
using Lace.Evidence.Transparency;
using Lace.Platform;
using Lace.Platform.Embedded;
using Lace.Records.Audit;
using Microsoft.Data.Sqlite;

namespace Lace.Benchmarks;

/// <summary>
/// Verification of a file of a chain in entries a second, and what an entry costs an operation: in memory, and on the disk
/// beside a bare SQLite transaction of the same rows.
/// </summary>
internal static class AuditBenchmark
{
    public const string Name = "audit";

    private const int Round = 100;
    private static readonly TenantId Tenant = new("tenant-bench");

    /// <param name="args">Entries of the file (2,000,000), and appends of each measurement (2,000).</param>
    public static async Task<int> Run(string[] args)
    {
        var entries = args.Length > 0 ? int.Parse(args[0]) : 2_000_000;
        var appends = args.Length > 1 ? int.Parse(args[1]) : 2_000;
        var folder = Directory.CreateTempSubdirectory("lace-bench-").FullName;
        try
        {
            var path = Path.Combine(folder, "audit.jsonl");
            WriteFile(path, entries);
            for (var threads = 1; threads <= Environment.ProcessorCount; threads++)
            {
                Verify(path, entries, threads);
            }

            Print("effect with its entry, in memory", await AppendAsync(new MemoryItems(), 0, 10 * appends));
            using var platform = EmbeddedPlatform.Open(Path.Combine(folder, "data"), TimeProvider.System);
            using var bare = Open(Path.Combine(folder, "bare.db"));
            var (with, alone, sqlite) = (new List<double>(), new List<double>(), new List<double>());

            // In turn, so that a disk that is busy for a while is so for all three.
            for (var from = 0; from < appends; from += Round)
            {
                with.AddRange(await AppendAsync(platform.Items, from, Round));
                alone.AddRange(await EffectAloneAsync(platform.Items, from, Round));
                sqlite.AddRange(await BareAsync(bare, from, Round));
            }

            Print("effect with its entry, embedded store", with);
            Print("effect alone, embedded store", alone);
            Print("the same rows, bare SQLite transaction", sqlite);
            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void WriteFile(string path, int entries)
    {
        var (watch, prev, bytes) = (Stopwatch.StartNew(), AuditEntry.Genesis, 0L);
        using (var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20))
        {
            for (var i = 0L; i < entries; i++)
            {
                var line = Entry(i, prev).ToLine(out prev);
                file.Write(line);
                file.WriteByte((byte)'\n');
                bytes += line.Length + 1;
            }
        }

        Console.WriteLine(
            $"audit: {entries:n0} entries of {bytes / entries} bytes written, {entries / watch.Elapsed.TotalSeconds:n0} entries/s on one thread"
        );
    }

    private static AuditEntry Entry(long sequence, MerkleHash prev)
    {
        var at = DateTimeOffset.FromUnixTimeMilliseconds(1_795_182_361_000 + sequence);
        return new AuditEntry
        {
            Chain = AuditEntry.ChainOf(Tenant.Value),
            Sequence = sequence,
            EntryId = $"audit-{sequence:d26}",
            Operation = AuditOperation.RunLosses,
            Phase = AuditPhase.Completed,
            ObjectId = "run-20261120-134601-ab12cd",
            RequestHash = new MerkleHash(SHA256.HashData(BitConverter.GetBytes(sequence))),
            RequestSizeBytes = 250_000 + (sequence % 1000),
            StartedAt = at.AddMilliseconds(-15),
            CompletedAt = at,
            PrevHash = prev,
        };
    }

    private static void Verify(string path, int entries, int threads)
    {
        var (best, cores) = (double.MaxValue, 0.0);
        for (var i = 0; i < 5; i++)
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            var (cpu, watch) = (Process.GetCurrentProcess().TotalProcessorTime, Stopwatch.StartNew());
            var found = AuditChainVerifier.Verify(file, threads: threads);
            var seconds = watch.Elapsed.TotalSeconds;
            if (!found.Holds || found.Entries != entries)
            {
                throw new InvalidOperationException("The file was not verified.");
            }

            if (seconds < best)
            {
                (best, cores) = (seconds, (Process.GetCurrentProcess().TotalProcessorTime - cpu).TotalSeconds);
            }
        }

        Console.WriteLine(
            $"audit: verified on {threads} thread(s): {entries / best:n0} entries/s, {entries / cores:n0} entries/s of processor time, {new FileInfo(path).Length / best / 1e6:n0} MB/s, best of 5"
        );
    }

    private static Task<double[]> AppendAsync(IItemStore items, int from, int count)
    {
        var trail = new AuditTrail(items, TimeProvider.System);
        return TimesAsync(
            from,
            count,
            i =>
                trail.TransactAsync(
                    Tenant,
                    new AuditedOperation(
                        AuditOperation.KeyCreate,
                        "key-bench",
                        AuditedRequest.WithoutBody(TimeProvider.System.GetUtcNow())
                    ),
                    [ItemWrite.Create(new ItemKey(Tenant, "EFFECT", $"{i:d8}"), "{}")]
                )
        );
    }

    private static Task<double[]> EffectAloneAsync(IItemStore items, int from, int count) =>
        TimesAsync(from, count, i => items.WriteAsync(ItemWrite.Create(new ItemKey(Tenant, "ALONE", $"{i:d8}"), "{}")));

    private static SqliteConnection Open(string path)
    {
        var connection = new SqliteConnection($"Data Source={path}");
        connection.Open();
        Execute(connection, "PRAGMA journal_mode = WAL");
        Execute(connection, "PRAGMA synchronous = FULL");
        Execute(connection, "CREATE TABLE items (k TEXT PRIMARY KEY, document TEXT NOT NULL)");
        return connection;
    }

    /// <summary>The same three rows in one durable transaction, with nothing above SQLite.</summary>
    private static Task<double[]> BareAsync(SqliteConnection connection, int from, int count)
    {
        var line = System.Text.Encoding.UTF8.GetString(Entry(1, AuditEntry.Genesis).ToLine(out _));
        return TimesAsync(
            from,
            count,
            i =>
            {
                using var transaction = connection.BeginTransaction();
                using var insert = connection.CreateCommand();
                insert.CommandText =
                    "INSERT INTO items VALUES ($1, '{}'), ($2, $3); INSERT INTO items VALUES ('head', $4) ON CONFLICT DO UPDATE SET document = $4";
                insert.Parameters.AddWithValue("$1", $"effect{i:d8}");
                insert.Parameters.AddWithValue("$2", $"entry{i:d8}");
                insert.Parameters.AddWithValue("$3", line);
                insert.Parameters.AddWithValue("$4", line[..120]);
                insert.ExecuteNonQuery();
                transaction.Commit();
                return Task.FromResult(true);
            }
        );
    }

    private static async Task<double[]> TimesAsync(int from, int count, Func<int, Task<bool>> append)
    {
        var times = new double[count];
        for (var i = 0; i < count; i++)
        {
            var began = Stopwatch.GetTimestamp();
            if (!await append(from + i))
            {
                throw new InvalidOperationException("An append was refused.");
            }

            times[i] = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        }

        return times;
    }

    private static void Print(string what, IEnumerable<double> milliseconds)
    {
        var times = milliseconds.Order().ToArray();
        Console.WriteLine(
            $"audit: {what}: median {times[times.Length / 2]:0.000} ms, 95 % {times[times.Length * 95 / 100]:0.000} ms, {times.Length:n0} times"
        );
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <summary>As much of a store as an append needs, without a disk.</summary>
    private sealed class MemoryItems : IItemStore
    {
        private readonly ConcurrentDictionary<ItemKey, Item> items = new();

        public Task<Item?> GetAsync(ItemKey key, CancellationToken cancellationToken = default) =>
            Task.FromResult(items.GetValueOrDefault(key));

        public Task<bool> WriteAsync(ItemWrite write, CancellationToken cancellationToken = default) =>
            TransactAsync([write], cancellationToken);

        public Task<bool> TransactAsync(IReadOnlyList<ItemWrite> writes, CancellationToken cancellationToken = default)
        {
            lock (items)
            {
                var hold = writes.All(write =>
                    write.Condition switch
                    {
                        WriteCondition.Absent => !items.ContainsKey(write.Key),
                        WriteCondition.Version => items.GetValueOrDefault(write.Key)?.Version == write.ExpectedVersion,
                        _ => true,
                    }
                );
                foreach (var write in hold ? writes : [])
                {
                    var version = items.GetValueOrDefault(write.Key)?.Version ?? 0;
                    items[write.Key] = new Item(write.Key, write.Document!, version + 1);
                }

                return Task.FromResult(hold);
            }
        }

        public Task<ItemPage> QueryAsync(ItemQuery query, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException();
    }
}
