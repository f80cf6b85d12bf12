using Lace.Evidence.Statements.Sigstore;

namespace Lace.Functions.TransparencyLog.Anchors;

/// <summary>What came of entering something in a Rekor v2 log.</summary>
internal enum RekorOutcome
{
    /// <summary>201 with an entry that verifies.</summary>
    Logged,

    /// <summary>409: these same bytes are in the log, at an index without a signed answer to keep.</summary>
    AlreadyLogged,

    /// <summary>503: the log takes no more for the moment.</summary>
    Busy,

    /// <summary>405: this shard is closed for good; the settings must name its successor.</summary>
    Frozen,

    /// <summary>Any other status.</summary>
    Refused,

    /// <summary>No answer in time.</summary>
    Unreachable,

    /// <summary>201 with an entry that does not verify.</summary>
    NotVerified,
}

/// <summary>Outcome and, where logged, a Sigstore bundle that verified.</summary>
internal sealed record RekorAnswer(RekorOutcome Outcome, string Detail, SigstoreBundle? Bundle = null);
