namespace Lace.Evidence.Transparency.Notes;

/// <summary>A trusted log.</summary>
/// <param name="Key">Its name is the log's origin.</param>
/// <param name="Url">Where the log is, or null.</param>
public sealed record PolicyLog(VerifierKey Key, string? Url);

/// <summary>A trusted witness.</summary>
/// <param name="Name">Its name within the policy.</param>
/// <param name="Key">Key of its cosignatures.</param>
/// <param name="Url">Prefix under which it takes checkpoints, or null.</param>
public sealed record PolicyWitness(string Name, VerifierKey Key, string? Url);

/// <summary>A group has witnessed what at least <paramref name="Threshold"/> of its members have.</summary>
/// <param name="Name">Its name within the policy.</param>
/// <param name="Threshold">From 1 to the number of members.</param>
/// <param name="Members">Names of witnesses and groups.</param>
public sealed record PolicyGroup(string Name, int Threshold, IReadOnlyList<string> Members);

/// <summary>Why a policy accepts a checkpoint or does not.</summary>
public enum PolicyVerdict
{
    /// <summary>Signed by a log and cosigned by the quorum.</summary>
    Accepted,

    /// <summary>The note's text is not a checkpoint.</summary>
    NotACheckpoint,

    /// <summary>No log of the policy has this origin.</summary>
    UnknownLog,

    /// <summary>A line names a key of the policy and does not verify.</summary>
    BadSignature,

    /// <summary>No line of the log's keys.</summary>
    NotSignedByLog,

    /// <summary>Too few witnesses cosigned.</summary>
    QuorumNotMet,
}

/// <summary>Outcome of <see cref="TlogPolicy.Evaluate"/>.</summary>
/// <param name="Verdict">The answer.</param>
/// <param name="Checkpoint">The checkpoint, only where accepted.</param>
/// <param name="Signatures">The lines that verified, only where accepted.</param>
public sealed record PolicyDecision(
    PolicyVerdict Verdict,
    Checkpoint? Checkpoint,
    IReadOnlyList<VerifiedSignature> Signatures
)
{
    internal static PolicyDecision Refused(PolicyVerdict verdict) => new(verdict, null, []);
}
