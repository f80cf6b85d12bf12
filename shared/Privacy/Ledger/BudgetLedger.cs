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

    private readonly PrivacyHistory settled;

    private BudgetLedger(
        PrivacyBudget budget,
        PrivacyHistory settled,
        ImmutableDictionary<string, Charge> charges,
        PrivacyHistory held
    ) => (Budget, this.settled, Charges, Held) = (budget, settled, charges, held);

    public PrivacyBudget Budget { get; }

    /// <summary>By operation.</summary>
    public ImmutableDictionary<string, Charge> Charges { get; }

    /// <summary>Everything committed or reserved: what has to be assumed to be spent.</summary>
    public PrivacyHistory Held { get; }

    /// <summary>What was committed.</summary>
    public PrivacyHistory Spent => Sum(settled, Charges.Values.Where(charge => charge.Committed));

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
            ? new(
                budget,
                PrivacyHistory.Empty,
                ImmutableDictionary.Create<string, Charge>(StringComparer.Ordinal),
                PrivacyHistory.Empty
            )
            : throw new ArgumentException(refusal, nameof(sampling));
    }

    /// <summary>A ledger as it was stored, with its oldest committed charges as a sum.</summary>
    /// <param name="settled">Committed charges whose operations are known elsewhere to have ended: they are not asked for again.</param>
    /// <exception cref="ArgumentException">As <see cref="Open"/>, or an operation has two charges.</exception>
    public static BudgetLedger Restore(
        PrivacyBudget budget,
        RecordSampling sampling,
        PrivacyHistory settled,
        IEnumerable<(string Operation, Charge Charge)> charges
    )
    {
        ArgumentNullException.ThrowIfNull(settled);
        ArgumentNullException.ThrowIfNull(charges);
        var empty = Open(budget, sampling);
        var all = empty.Charges.AddRange(charges.Select(c => KeyValuePair.Create(c.Operation, c.Charge)));
        return new(budget, settled, all, Sum(settled, all.Values));
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
        new(Budget, settled, Charges.SetItem(operation, charge), held);

    private BudgetLedger Without(string operation)
    {
        var left = Charges.Remove(operation);
        return new(Budget, settled, left, Sum(settled, left.Values));
    }

    private static PrivacyHistory Sum(PrivacyHistory settled, IEnumerable<Charge> charges) =>
        charges
            .GroupBy(charge => charge.Mechanism, charge => charge.Steps)
            .Aggregate(settled, (sum, phase) => sum.With(phase.Key, phase.Sum()));
}
