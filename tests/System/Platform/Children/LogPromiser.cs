using System.Text;
using Lace.Evidence.Transparency;
using Lace.Functions.TransparencyLog;
using Lace.Platform.Embedded;
using Lace.Records.TransparencyLog;
using Microsoft.Extensions.Logging.Abstractions;

namespace Lace.SystemTests.Platform.Children;

/// <summary>Promises entries to the log and sequences them, until it is killed; prints what was committed, told and shown.</summary>
internal static class LogPromiser
{
    private const int Writers = 4;

    public static byte[] Body(string name) => Encoding.UTF8.GetBytes("entry " + name);

    public static async Task RunAsync(string[] args)
    {
        var round = args[1];
        using var platform = EmbeddedPlatform.Open(args[0], TimeProvider.System);
        var keys = await LogKeys.OpenAsync(platform.Keys);
        var place = new LogPlace(keys.Origin);
        using var signal = new LogSignal();
        var sequencer = new Sequencer(
            platform.Items,
            platform.Blobs,
            place,
            keys,
            signal,
            TimeProvider.System,
            NullLogger<Sequencer>.Instance
        );
        var index = new LogIndex(platform.Items, place, signal, TimeProvider.System);
        var reader = new LogReader(platform.Blobs, place);
        await BatchAsync(); // so that the first line says that it runs
        await Task.WhenAll(
            Enumerable.Range(0, Writers).Select(writer => Task.Run(() => PromiseAsync(writer))).Append(SequenceAsync())
        );

        async Task PromiseAsync(int writer)
        {
            for (var n = 0; ; n++)
            {
                var name = $"{round}-{writer}-{n}";
                Assert.True(await platform.Items.WriteAsync(new PendingEntries(place).Promise(Body(name))));
                Print($"promised {name}");
                if (n % 3 == 0)
                {
                    var hash = MerkleTree.HashLeaf(Body(name));
                    var told = await index.WaitAsync([hash], TimeSpan.FromMinutes(1));
                    Print($"told {name} {told![hash]}");
                }
            }
        }

        async Task SequenceAsync()
        {
            while (true)
            {
                await BatchAsync();
                await signal.WorkAsync(TimeSpan.FromMilliseconds(5), default);
            }
        }

        async Task BatchAsync()
        {
            await sequencer.RunBatchAsync();
            var note = await reader.CheckpointAsync();
            Print($"shown {Convert.ToBase64String(note!.Value.Span)}");
        }
    }

    private static void Print(string line)
    {
        lock (Console.Out)
        {
            Console.Out.Write(line + "\n");
            Console.Out.Flush();
        }
    }
}
