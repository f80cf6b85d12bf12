using System.Collections.Concurrent;

namespace Lace.Platform.Embedded;

/// <summary>
/// The one writer of a database. Changes that wait while the disk is busy share the next transaction and its one flush,
/// so durable writes are not limited to one per flush. Each is acknowledged after the commit.
/// </summary>
internal sealed class CommitGroups : IDisposable
{
    private const int MaxChanges = 500;

    private readonly BlockingCollection<Change> waiting = [];
    private readonly SqliteSession session;
    private readonly string purpose;
    private readonly Thread thread;

    /// <param name="session">Owned from now on; only the thread of this object uses it.</param>
    /// <param name="purpose">What is attempted, for the exception.</param>
    public CommitGroups(SqliteSession session, string purpose)
    {
        this.session = session;
        this.purpose = purpose;
        thread = new Thread(Run) { IsBackground = true, Name = "SQLite writer" };
        thread.Start();
    }

    public Task<T> RunAsync<T>(Func<SqliteSession, T> change)
    {
        var request = new Change<T>(change);
        try
        {
            waiting.Add(request);
        }
        catch (InvalidOperationException e)
        {
            throw new ObjectDisposedException("The store was closed.", e);
        }

        return request.Done;
    }

    /// <summary>Ends after what was asked for before is on the disk.</summary>
    public void Dispose()
    {
        waiting.CompleteAdding();
        thread.Join();
        session.Dispose();
        waiting.Dispose();
    }

    private void Run()
    {
        var group = new List<Change>();
        foreach (var first in waiting.GetConsumingEnumerable())
        {
            group.Add(first);
            while (group.Count < MaxChanges && waiting.TryTake(out var next))
            {
                group.Add(next);
            }

            Commit(group);
            group.Clear();
        }
    }

    private void Commit(List<Change> group)
    {
        var began = false;
        try
        {
            session.Execute("BEGIN IMMEDIATE");
            began = true;
            foreach (var change in group)
            {
                change.Apply(session);
            }

            session.Execute("COMMIT");
        }
#pragma warning disable CA1031 // the outermost loop of the writer: the caller gets the error
        catch (Exception e)
#pragma warning restore CA1031
        {
            if (!session.IsAutocommit)
            {
                session.Execute("ROLLBACK");
            }

            var error = StorageFailure.Is(e) ? StorageFailure.From(purpose, e) : e;
            // One bad change must not fail its neighbours: each alone, with its own error.
            group.ForEach(began && group.Count > 1 ? change => Commit([change]) : change => change.Fail(error));
            return;
        }

        group.ForEach(change => change.Acknowledge());
    }

    private abstract class Change
    {
        public abstract void Apply(SqliteSession session);
        public abstract void Acknowledge();
        public abstract void Fail(Exception error);
    }

    private sealed class Change<T>(Func<SqliteSession, T> change) : Change
    {
        private readonly TaskCompletionSource<T> done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private T result = default!;

        public Task<T> Done => done.Task;

        public override void Apply(SqliteSession session) => result = change(session);

        public override void Acknowledge() => done.SetResult(result);

        public override void Fail(Exception error) => done.SetException(error);
    }
}
