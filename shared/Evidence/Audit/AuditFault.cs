using Lace.Evidence.Transparency;

namespace Lace.Evidence.Audit;

/// <summary>The first thing that is wrong with a chain. Checked in this order, line by line.</summary>
public enum AuditFault
{
    None,

    /// <summary>A line has more than <see cref="AuditEntry.MaxLineBytes"/>.</summary>
    LineTooLong,

    /// <summary>The file does not end with a line feed: its last line may be a part of one.</summary>
    Truncated,

    /// <summary>A line is no entry: not JSON, other members, or a value outside the format.</summary>
    Malformed,

    /// <summary>A line is an entry in another spelling than RFC 8785 gives it.</summary>
    NotCanonical,

    /// <summary>An entry is of another chain than the first.</summary>
    WrongChain,

    /// <summary>An entry does not have the number after the one before: some are missing, repeated or moved.</summary>
    Sequence,

    /// <summary>An entry names another one before it than the one that is there.</summary>
    PrevMismatch,

    /// <summary>An entry's hash is not that of its other members.</summary>
    HashMismatch,

    /// <summary>An entry is older than the one before.</summary>
    TimeBackwards,

    /// <summary>The chain has other entries than the head that it is held against.</summary>
    HeadMismatch,

    /// <summary>The chain ends before the head that it is held against: entries were cut off.</summary>
    CutShort,
}

/// <summary>The stable ids of the faults.</summary>
public static class AuditFaultIds
{
    /// <summary>Such as <c>prev_mismatch</c>; for <see cref="AuditFault.None"/> the empty string.</summary>
    public static string Id(this AuditFault fault) =>
        fault switch
        {
            AuditFault.None => "",
            AuditFault.LineTooLong => "line_too_long",
            AuditFault.Truncated => "truncated",
            AuditFault.Malformed => "malformed",
            AuditFault.NotCanonical => "not_canonical",
            AuditFault.WrongChain => "wrong_chain",
            AuditFault.Sequence => "sequence",
            AuditFault.PrevMismatch => "prev_mismatch",
            AuditFault.HashMismatch => "hash_mismatch",
            AuditFault.TimeBackwards => "time_backwards",
            AuditFault.HeadMismatch => "head_mismatch",
            AuditFault.CutShort => "cut_short",
            _ => throw new ArgumentOutOfRangeException(nameof(fault), fault, "Not a fault."),
        };
}

/// <summary>How far a chain had come at some time: what a file of it can be held against.</summary>
/// <param name="Hash">Of the last of so many entries.</param>
public sealed record AuditChainHead(long Entries, MerkleHash Hash);

/// <summary>What the verification of a chain found.</summary>
/// <param name="Entries">How many entries hold, from the first on.</param>
/// <param name="Chain">Null where there is no entry.</param>
/// <param name="Head">Hash of the last entry that holds; <see cref="AuditEntry.Genesis"/> where there is none.</param>
/// <param name="LastAt">Time of that entry.</param>
/// <param name="Fault">The first fault.</param>
/// <param name="Line">Where it is, from 1 on; 0 without one.</param>
public sealed record AuditVerification(
    long Entries,
    MerkleHash? Chain,
    MerkleHash Head,
    DateTimeOffset? LastAt,
    AuditFault Fault,
    long Line
)
{
    public bool Holds => Fault == AuditFault.None;
}
