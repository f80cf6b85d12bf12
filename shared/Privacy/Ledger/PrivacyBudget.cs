namespace Lace.Privacy.Ledger;

/// <summary>What a training may spend, and by whose reckoning.</summary>
/// <param name="Epsilon">Above 0.</param>
/// <param name="Delta">Below one over the number of records.</param>
public sealed record PrivacyBudget(double Epsilon, double Delta, Accountant Accountant);

/// <summary>One operation's charge.</summary>
/// <param name="Committed">The step was made. Before that the charge is held, because it may have been.</param>
public sealed record Charge(SampledGaussian Mechanism, long Steps, bool Committed);

/// <summary>What became of a request to the ledger.</summary>
public enum LedgerAnswer
{
    /// <summary>Reserved: the step may be made. Committed: it counts. Released: it never did.</summary>
    Done,

    /// <summary>This operation holds its charge already: a retry, which costs nothing. The step may be made.</summary>
    AlreadyReserved,

    /// <summary>This operation was made and charged. It must not be made again; its result is the recorded one.</summary>
    AlreadyCommitted,

    /// <summary>Refused: the step would exceed the budget (<see cref="BudgetLedger.ExceededCode"/>). Nothing was charged.</summary>
    Exceeded,

    /// <summary>Refused: the operation has no reservation, so a step under its name would be uncharged.</summary>
    NotReserved,

    /// <summary>Refused: the operation was reserved with another mechanism or number of steps.</summary>
    Conflict,
}
