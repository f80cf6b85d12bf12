using System.Runtime.CompilerServices;
using Lace.Evidence.Bundles;
using Lace.Evidence.LossLog;
using Lace.Evidence.Verification;
using Lace.Functions.LossIngest;
using Lace.Functions.Storage;
using Lace.Platform;
using Lace.Records.LossIngest;

namespace Lace.Functions.Verify;

/// <summary>Writes the run-log files of runs (docs/formats/run-log.md) from what is stored.</summary>
internal sealed class RunLogs(Attestations attestations, Runs runs, StoredFacts facts)
{
    /// <summary>The lines in order. The facts are read before the first one; what is accepted later is not in the file.</summary>
    /// <exception cref="InvalidDataException">The store was damaged; the file then lacks its last line, so nobody takes it for whole.</exception>
    /// <exception cref="RunTooLargeException">No verifier would read it.</exception>
    public async IAsyncEnumerable<byte[]> LinesAsync(
        TenantId tenant,
        StoredRun run,
        Attestation attestation,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var (head, _) = await runs.GetHeadAsync(tenant, run.RunId, cancellationToken);
        var committed = await facts.CommittedAsync(tenant, attestation, null, cancellationToken);
        if (committed.Damage is { } damage)
        {
            throw new InvalidDataException(damage);
        }

        var others = await facts.OtherRunsAsync(tenant, run, cancellationToken);
        yield return RunLogLines.Header(committed, StoredFacts.Of(run, head), others);

        var received = new List<ReceivedSegment>();
        var size = 0L;
        await foreach (var (body, at) in runs.BodiesAsync(tenant, run.RunId, head.Next, cancellationToken))
        {
            var segment =
                LossSegment.Read(body.Span, out var reason)
                ?? throw new InvalidDataException($"A segment of {run.RunId} is damaged: {reason}.");
            size += RunSize.Of(segment);
            received.Add(size <= RunSize.Max ? new(segment, at) : throw new RunTooLargeException());
            yield return RunLogLines.Segment(body.Span, at);
        }

        var recorded = RecordedRun.Replay(run.RunId, Runs.Hash(run.Root), received);
        var named = NamedFeatures.Of(recorded, committed.Records) ?? throw new RunTooLargeException();
        for (var number = 0; number < committed.ChunkRoots.Count; number++)
        {
            yield return named.Needs(number)
                ? RunLogLines.Chunk(
                    number,
                    (await attestations.ReadChunkAsync(tenant, attestation.Id, number, cancellationToken)).Bytes
                )
                : RunLogLines.Chunk(number, committed.ChunkRoots[number]);
        }

        yield return RunLogLines.End(received.Count, committed.ChunkRoots.Count);
    }
}
