using System.Diagnostics;
using System.Text;
using Lace.Evidence.Transparency;
using Lace.Functions.TransparencyLog;
using Lace.Platform;
using Lace.Records.TransparencyLog;

namespace Lace.Benchmarks;

/// <summary>Promises entries at an even rate and notes how long each takes until its index is written.</summary>
internal sealed class LogLoad(PendingEntries pending, IItemStore items, int total, int entryBytes)
{
    private const int Ticks = 100; // a second

    private readonly Dictionary<string, TimeSpan> promised = [];
    private readonly List<double> milliseconds = [];
    private readonly Lock gate = new();
    private Stopwatch clock = new();

    public int Done
    {
        get
        {
            lock (gate)
            {
                return milliseconds.Count;
            }
        }
    }

    public async Task OfferAsync(int perSecond, Stopwatch watch)
    {
        clock = watch;
        var sent = 0;
        var running = new List<Task>();
        while (sent < total)
        {
            for (var due = Math.Min(total, (int)(watch.Elapsed.TotalSeconds * perSecond)); sent < due; sent++)
            {
                running.Add(PromiseAsync(sent));
            }

            await Task.Delay(1000 / Ticks);
        }

        await Task.WhenAll(running);
    }

    /// <summary>The index of a leaf, by the sort key of its item, is public.</summary>
    public void Published(string sort)
    {
        var now = clock.Elapsed;
        lock (gate)
        {
            if (promised.Remove(sort[LogPlace.LeafPrefix.Length..], out var since))
            {
                milliseconds.Add((now - since).TotalMilliseconds);
            }
        }
    }

    public double Percentile(double share)
    {
        lock (gate)
        {
            return milliseconds.Order().ElementAt((int)(share * (milliseconds.Count - 1)));
        }
    }

    private async Task PromiseAsync(int n)
    {
        var body = Encoding.ASCII.GetBytes($"entry {n} ".PadRight(entryBytes, 'x'));
        var hash = MerkleTree.HashLeaf(body).ToString();
        lock (gate)
        {
            // From the call, as its end can come after the index: that only adds to the figure.
            promised.Add(hash, clock.Elapsed);
        }

        await items.WriteAsync(pending.Promise(body));
    }
}
