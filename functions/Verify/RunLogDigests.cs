using System.Collections.Concurrent;
using System.Security.Cryptography;
using Lace.Evidence.Bundles;
using Lace.Evidence.Transparency;

namespace Lace.Functions.Verify;

/// <summary>Digest and length of run-log files. They are made anew only when the verification of the run says something new.</summary>
internal sealed class RunLogDigests(RunLogs logs) : IDisposable
{
    private const int MaxKept = 1024;

    private readonly ConcurrentDictionary<string, (MerkleHash Of, NamedRunLog Named)> kept = new(
        StringComparer.Ordinal
    );

    // The whole log is read for it; callers without a key must not set how often that happens at once.
    private readonly SemaphoreSlim turn = new(1);

    /// <param name="verification">Leaf of the newest verification statement: it states all facts of which the file consists.</param>
    /// <exception cref="RunTooLargeException"/>
    public async Task<NamedRunLog> OfAsync(FoundRun found, MerkleHash verification, CancellationToken cancellationToken)
    {
        await turn.WaitAsync(cancellationToken);
        try
        {
            if (kept.TryGetValue(found.Run.RunId, out var earlier) && earlier.Of == verification)
            {
                return earlier.Named;
            }

            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var length = 0L;
            var lines = logs.LinesAsync(found.Tenant, found.Run, found.Attestation.Document, cancellationToken);
            await foreach (var line in lines)
            {
                hash.AppendData(line);
                length += line.Length;
            }

            var named = new NamedRunLog(new MerkleHash(hash.GetHashAndReset()), length);
            if (kept.Count >= MaxKept)
            {
                kept.Clear();
            }

            kept[found.Run.RunId] = (verification, named);
            return named;
        }
        finally
        {
            turn.Release();
        }
    }

    public void Dispose() => turn.Dispose();
}
