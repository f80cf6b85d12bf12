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
    /// <summary>Null while the log has not both of its signatures.</summary>
    /// <exception cref="InvalidDataException">Somebody else wrote to the store.</exception>
    public async Task<CertificateFile?> FileAsync(StoredStatement stored, CancellationToken cancellationToken)
    {
        if (
            await index.FindAsync(stored.P256Leaf, cancellationToken) is not { } p256
            || await index.FindAsync(stored.HybridLeaf, cancellationToken) is not { } hybrid
            || await log.CheckpointAsync(cancellationToken) is not { } note
        )
        {
            return null;
        }

        if (!SignedNote.TryParse(note.Span, out var signed) || !Checkpoint.TryParse(signed.Text, out var checkpoint))
        {
            throw new InvalidDataException("The stored checkpoint of the log is none.");
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
        return new CertificateFile(statement, Encoding.UTF8.GetString(note.Span));
    }
}
