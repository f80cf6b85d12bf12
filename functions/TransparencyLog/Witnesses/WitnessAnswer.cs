using Lace.Evidence.Transparency.Notes;

namespace Lace.Functions.TransparencyLog.Witnesses;

/// <summary>What came of asking a witness (C2SP tlog-witness, add-checkpoint). All but the first are alarms.</summary>
internal enum WitnessOutcome
{
    /// <summary>200 with a cosignature that verifies.</summary>
    Cosigned,

    /// <summary>No answer in time, or a status that the protocol does not have.</summary>
    Unreachable,

    /// <summary>400: it could not read the request.</summary>
    Refused,

    /// <summary>403: it does not know a key that signed.</summary>
    UnknownKey,

    /// <summary>404: it does not know this log.</summary>
    UnknownOrigin,

    /// <summary>409: it has cosigned a larger tree than this one. The checkpoint is old, or this log was rolled back.</summary>
    AheadOfLog,

    /// <summary>409 again after asking from its size, or another root of the same size there: this log may have forked.</summary>
    Conflict,

    /// <summary>422: the tree that it cosigned before is not a part of this one. This log may have forked.</summary>
    Inconsistent,

    /// <summary>200 or 409 with a body that is malformed, or a cosignature that does not verify.</summary>
    BadAnswer,
}

/// <summary>Outcome and, where cosigned, lines that verified.</summary>
internal sealed record WitnessAnswer(WitnessOutcome Outcome, string Detail, IReadOnlyList<NoteSignature> Cosignatures)
{
    public static WitnessAnswer Without(WitnessOutcome outcome, string detail) => new(outcome, detail, []);
}
