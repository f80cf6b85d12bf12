using System.Collections.Immutable;

namespace Lace.Privacy.Ledger;

/// <summary>
/// The rules of spending: reserve before a step, commit with it. An operation is charged once however often it is retried, and what
/// is reserved counts as spent until it is released.
/// </summary>
/// <remarks>Immutable and without storage: every request gives the answer and the ledger to store in the same transaction.</remarks>
public sealed class BudgetLedger
{
    /// <summary>The stable code of a refused step.</summary>
    public const string ExceededCode = "DP_BUDGET_EXCEEDED";

    private BudgetLedger(PrivacyBudget budget, ImmutableDictionary<string, Charge> charges, PrivacyHistory held) =>
        (Budget, Charges, Held) = (budget, charges, held);

    public PrivacyBudget Budget { get; }

    /// <summary>By operation.</summary>
    public ImmutableDictionary<string, Charge> Charges { get; }

    /// <summary>Everything committed or reserved: what has to be assumed to be spent.</summary>
    public PrivacyHistory Held { get; }

    /// <summary>What was committed.</summary>
    public PrivacyHistory Spent => Sum(Charges.Values.Where(charge => charge.Committed));

    /// <summary>ε of what was committed, by the budget's accountant.</summary>
    public double EpsilonSpent => Budget.Accountant.Epsilon(Spent, Budget.Delta);

    /// <summary>An empty ledger.</summary>
    /// <exception cref="ArgumentException">The training is not covered, or the budget is none; the message says why.</exception>
    public static BudgetLedger Open(PrivacyBudget budget, RecordSampling sampling)
    {
        ArgumentNullException.ThrowIfNull(budget);
        ArgumentNullException.ThrowIfNull(sampling);
        var refusal =
            sampling.NotCovered
            ?? Calibration.BudgetRefusal(budget.Epsilon)
            ?? AccountantExtensions.DeltaRefusal(budget.Delta)
            ?? sampling.DeltaProblem(budget.Delta);
        return refusal is null
            ? new(budget, ImmutableDictionary.Create<string, Charge>(StringComparer.Ordinal), PrivacyHistory.Empty)
            : throw new ArgumentException(refusal, nameof(sampling));
    }

    /// <summary>Asks to make <paramref name="steps"/> steps. Only after <see cref="LedgerAnswer.Done"/> or AlreadyReserved may they be made.</summary>
    public (BudgetLedger Ledger, LedgerAnswer Answer) Reserve(
        string operation,
        SampledGaussian mechanism,
        long steps = 1
    )
    {
        ArgumentException.ThrowIfNullOrEmpty(operation);
        ArgumentNullException.ThrowIfNull(mechanism);
        if (Charges.TryGetValue(operation, out var known))
        {
            return (
                this,
                known.Mechanism != mechanism || known.Steps != steps ? LedgerAnswer.Conflict
                : known.Committed ? LedgerAnswer.AlreadyCommitted
                : LedgerAnswer.AlreadyReserved
            );
        }

        var held = Held.With(mechanism, steps);
        return Affords(held)
            ? (With(operation, new(mechanism, steps, Committed: false), held), LedgerAnswer.Done)
            : (this, LedgerAnswer.Exceeded);
    }

    /// <summary>Says that the steps were made. Belongs in the transaction that stores their result.</summary>
    public (BudgetLedger Ledger, LedgerAnswer Answer) Commit(string operation) =>
        !Charges.TryGetValue(operation, out var charge) ? (this, LedgerAnswer.NotReserved)
        : charge.Committed ? (this, LedgerAnswer.AlreadyCommitted)
        : (With(operation, charge with { Committed = true }, Held), LedgerAnswer.Done);

    /// <summary>Gives a reservation back. Only for an operation of which it is certain that no noise was drawn for it: not after a crash.</summary>
    public (BudgetLedger Ledger, LedgerAnswer Answer) Release(string operation) =>
        !Charges.TryGetValue(operation, out var charge) ? (this, LedgerAnswer.NotReserved)
        : charge.Committed ? (this, LedgerAnswer.AlreadyCommitted)
        : (Without(operation), LedgerAnswer.Done);

    // RDP is a bound too and takes a hundredth of the time: PLD is asked only where RDP would refuse.
    private bool Affords(PrivacyHistory history) =>
        Accountant.Rdp.Epsilon(history, Budget.Delta) <= Budget.Epsilon
        || (Budget.Accountant == Accountant.Pld && Accountant.Pld.Epsilon(history, Budget.Delta) <= Budget.Epsilon);

    private BudgetLedger With(string operation, Charge charge, PrivacyHistory held) =>
        new(Budget, Charges.SetItem(operation, charge), held);

    private BudgetLedger Without(string operation)
    {
        var left = Charges.Remove(operation);
        return new(Budget, left, Sum(left.Values));
    }

    private static PrivacyHistory Sum(IEnumerable<Charge> charges) =>
        charges
            .GroupBy(charge => charge.Mechanism, charge => charge.Steps)
            .Aggregate(PrivacyHistory.Empty, (sum, phase) => sum.With(phase.Key, phase.Sum()));
}
