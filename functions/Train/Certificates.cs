using System.Text;
using Lace.Evidence.Bundles;
using Lace.Evidence.Certificates;
using Lace.Evidence.Transparency.Notes;
using Lace.Functions.TransparencyLog;
using Lace.Records.Notary;

namespace Lace.Functions.Train;

/// <summary>Joins a certificate with the proofs that it is in the transparency log.</summary>
internal sealed class Certificates(LogIndex index, LogReader log)
{
    /// <summary>A batch of the log takes about a second.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Null while the log has not both of its signatures.</summary>
    /// <exception cref="InvalidDataException">Somebody else wrote to the store.</exception>
    public async Task<CertificateFile?> FileAsync(StoredStatement stored, CancellationToken cancellationToken)
    {
        if (await index.WaitAsync(stored.Leaves, Patience, cancellationToken) is not { } indices)
        {
            return null;
        }

        // Read after the indices: an index is told only after a checkpoint that covers it is public.
        var (p256, hybrid) = (indices[stored.P256Leaf], indices[stored.HybridLeaf]);
        var note = await log.CheckpointOverAsync(Math.Max(p256, hybrid) + 1, cancellationToken);
        if (
            note is not { } bytes
            || !SignedNote.TryParse(bytes.Span, out var signed)
            || !Checkpoint.TryParse(signed.Text, out var checkpoint)
        )
        {
            throw new InvalidDataException("The log's public checkpoint cannot be read.");
        }

        var proofs = await Task.WhenAll(
            log.InclusionProofAsync(p256, checkpoint.Size, cancellationToken),
            log.InclusionProofAsync(hybrid, checkpoint.Size, cancellationToken)
        );
        var statement = new BundledStatement(
            stored.Signed,
            new LogProof(p256, proofs[0]),
            new LogProof(hybrid, proofs[1])
        );
        return new CertificateFile(statement, Encoding.UTF8.GetString(bytes.Span));
    }
}
