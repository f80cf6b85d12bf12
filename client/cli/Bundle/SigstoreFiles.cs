using Lace.Evidence.Bundles;
using Lace.Evidence.Statements;
using Lace.Evidence.Statements.Sigstore;
using Lace.Evidence.Transparency.Notes;

namespace Lace.Cli.Bundle;

/// <summary>The statements of a bundle in the forms that other tools read (docs/formats/statements.md).</summary>
internal static class SigstoreFiles
{
    /// <summary>Writes three files a statement. The public keys that the entries repeat are those that the service states; nothing is checked.</summary>
    public static async Task WriteAsync(
        LaceApi api,
        EvidenceBundle bundle,
        string folder,
        CancellationToken cancellationToken
    )
    {
        var policy =
            LacePolicy.Parse(await api.GetBytesAsync("v1/log/policy.json", cancellationToken), out var reason)
            ?? throw new CliException($"The service stated no policy: {reason}.", ExitCode.Unavailable);
        if (!SignedNote.TryParse(bundle.Checkpoint, out var checkpoint))
        {
            throw new CliException("The bundle's checkpoint is no signed note.", ExitCode.Unavailable);
        }

        Directory.CreateDirectory(folder);
        foreach (var (statement, kind) in bundle.Statements.Zip(BundleChecks.Kinds))
        {
            var path = Path.Combine(folder, kind);
            await File.WriteAllBytesAsync(
                path + ".sigstore.json",
                SigstoreBundle.Of(statement.Signed, Entry(statement, bundle, policy)).ToJson(),
                cancellationToken
            );
            await File.WriteAllBytesAsync(path + ".hyb", HybridFile.Of(statement.Signed).ToJson(), cancellationToken);
            await File.WriteAllTextAsync(
                path + ".tlog-proof",
                new TlogProof(statement.P256.Index, statement.P256.Hashes, checkpoint).ToString(),
                cancellationToken
            );
        }
    }

    private static LogEntry Entry(BundledStatement statement, EvidenceBundle bundle, LacePolicy policy)
    {
        var signature = statement.Signed.P256;
        var key = policy.StatementKeys.FirstOrDefault(one => one.Id == signature.KeyId);
        if (key is null || Statement.TryParse(statement.Signed.Payload, out var parsed) != StatementError.None)
        {
            throw new CliException(
                "The service no longer states the key of a statement, so its log entry cannot be written.",
                ExitCode.Unavailable
            );
        }

        var body = LogEntries.HashedRekord(parsed!.PaeDigest, signature.Signature.Span, key.PublicKey.Span);
        var log = policy.Log.Keys.First(one => one.Type == NoteSignatureType.Ed25519);
        return LogEntry.OfHashedRekord(statement.P256.Index, log, body, statement.P256.Hashes, bundle.Checkpoint);
    }
}
