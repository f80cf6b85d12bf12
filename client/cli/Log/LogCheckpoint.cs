using Lace.Evidence.Transparency.Notes;

namespace Lace.Cli.Log;

/// <summary>A log's checkpoint as it was read, and whether the keys that the caller gave signed it.</summary>
/// <param name="IsVerified">False also where no keys were given: see <paramref name="Keys"/>.</param>
internal sealed record LogCheckpoint(
    Checkpoint Checkpoint,
    SignedNote Note,
    IReadOnlyList<VerifierKey> Keys,
    bool IsVerified
)
{
    public const string Name = "checkpoint";

    /// <summary><c>passed</c>, <c>failed</c> or <c>not_checked</c>.</summary>
    public string Signatures =>
        Keys.Count == 0 ? "not_checked"
        : IsVerified ? "passed"
        : "failed";

    /// <summary>Reads a checkpoint and checks it against the keys: each of them has to have signed it.</summary>
    /// <exception cref="CliException">The bytes are no checkpoint.</exception>
    public static LogCheckpoint Parse(ReadOnlySpan<byte> bytes, IReadOnlyList<VerifierKey> keys, string place)
    {
        if (!SignedNote.TryParse(bytes, out var note) || !Checkpoint.TryParse(note.Text, out var checkpoint))
        {
            throw new CliException($"The checkpoint of {place} is malformed.", ExitCode.CheckFailed);
        }

        var verification = note.Verify(keys);
        var isVerified =
            keys.Count > 0 && keys.All(key => key.Name == checkpoint.Origin && verification.IsSignedBy(key));
        return new LogCheckpoint(checkpoint, note, keys, isVerified);
    }

    /// <summary>The checkpoint of a log.</summary>
    /// <exception cref="CliException">There is none, or it is malformed.</exception>
    public static LogCheckpoint Read(ILogFiles files, IReadOnlyList<VerifierKey> keys) =>
        Parse(
            files.Read(Name) ?? throw new CliException($"There is no log at {files.Place}.", ExitCode.NotFound),
            keys,
            files.Place
        );
}
