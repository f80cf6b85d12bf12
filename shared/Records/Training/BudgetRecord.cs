using System.Text.Json.Serialization;
using Lace.Privacy;
using Lace.Privacy.Ledger;

namespace Lace.Records.Training;

/// <summary>The privacy budget of one training client as it is stored: sums of what was made, and what is reserved by open operations.</summary>
/// <remarks>
/// Which operation made which step is in the operation log, which gives each operation one place and ends it once. So a committed
/// charge need not be kept by name, and the item stays small however long the training is.
/// </remarks>
/// <param name="Committed">Steps that were made, or may have been.</param>
/// <param name="DeclaredSteps">Of those, steps whose batches the caller drew.</param>
/// <param name="Open">Reserved by operations that have not ended.</param>
internal sealed record StoredLedger(
    double Epsilon,
    double Delta,
    Accountant Accountant,
    long DatasetSize,
    double SampleRate,
    double NoiseMultiplier,
    IReadOnlyList<StoredPhase> Committed,
    long DeclaredSteps,
    IReadOnlyList<OpenCharge> Open
);

internal sealed record StoredPhase(double SampleRate, double NoiseMultiplier, long Steps);

/// <param name="Declared">Whether the caller drew the batches.</param>
internal sealed record OpenCharge(long Seq, IReadOnlyList<StoredPhase> Phases, bool Declared);

/// <summary>What an audit entry says of the budget after an operation.</summary>
internal sealed record ChargedMetrics(double Epsilon, double Delta, long Steps, string Accountant);

/// <summary>The ledger with its rules, which are those of <see cref="BudgetLedger"/>.</summary>
internal sealed class BudgetRecord
{
    private readonly StoredLedger stored;
    private readonly BudgetLedger ledger;

    private BudgetRecord(StoredLedger stored)
    {
        this.stored = stored;
        ledger = BudgetLedger.Restore(
            new PrivacyBudget(stored.Epsilon, stored.Delta, stored.Accountant),
            new RecordSampling(stored.DatasetSize, Sampler.Poisson),
            History(stored.Committed),
            stored.Open.SelectMany(charge =>
                charge.Phases.Select(
                    (phase, i) => (Name(charge.Seq, i), new Charge(Mechanism(phase), phase.Steps, Committed: false))
                )
            )
        );
    }

    /// <summary>The stored form.</summary>
    public StoredLedger Stored => stored;

    public PrivacyBudget Budget => ledger.Budget;

    /// <summary>What was made.</summary>
    public PrivacyHistory Spent => ledger.Spent;

    /// <summary>What was made or is reserved.</summary>
    public PrivacyHistory Held => ledger.Held;

    public long DeclaredSteps => stored.DeclaredSteps;

    /// <summary>One step of this training.</summary>
    public SampledGaussian Step => new(stored.SampleRate, stored.NoiseMultiplier);

    /// <summary>For the audit entry of an operation. By RDP, which is a bound for every accountant and costs microseconds.</summary>
    [JsonIgnore]
    public ChargedMetrics Metrics => new(Accountant.Rdp.Epsilon(Spent, stored.Delta), stored.Delta, Spent.Steps, "rdp");

    /// <summary>Of a new training client.</summary>
    /// <exception cref="ArgumentException">The training is not covered, or the budget is none; the message says why.</exception>
    public static BudgetRecord Open(TrainingPrivacy privacy, TrainingSampling sampling)
    {
        if (!AccountantExtensions.TryParse(privacy.Accountant, out var accountant))
        {
            throw new ArgumentException($"There is no accountant '{privacy.Accountant}'.", nameof(privacy));
        }

        _ = new SampledGaussian(sampling.SampleRate, privacy.NoiseMultiplier); // refuses what it does not cover
        return new(
            new StoredLedger(
                privacy.TargetEpsilon,
                privacy.TargetDelta,
                accountant,
                sampling.DatasetSize,
                sampling.SampleRate,
                privacy.NoiseMultiplier,
                [],
                0,
                []
            )
        );
    }

    public static BudgetRecord Of(StoredLedger stored) => new(stored);

    /// <summary>With the steps of an operation reserved; null where they would exceed the budget.</summary>
    /// <param name="declared">Whether the caller draws the batches.</param>
    public BudgetRecord? Reserve(long seq, long steps, bool declared) =>
        Reserve(seq, [new StoredPhase(stored.SampleRate, stored.NoiseMultiplier, steps)], declared);

    /// <summary>With what another training spent on what is loaded reserved; null where it would exceed the budget.</summary>
    public BudgetRecord? Reserve(long seq, IReadOnlyList<StoredPhase> phases, bool declared)
    {
        var after = ledger;
        foreach (var (i, phase) in phases.Index())
        {
            (after, var answer) = after.Reserve(Name(seq, i), Mechanism(phase), phase.Steps);
            if (answer == LedgerAnswer.Exceeded)
            {
                return null;
            }

            if (answer != LedgerAnswer.Done)
            {
                throw new InvalidOperationException($"Place {seq} holds a charge already: {answer}.");
            }
        }

        return phases.Count == 0
            ? this
            : new(stored with { Open = [.. stored.Open, new OpenCharge(seq, phases, declared)] });
    }

    /// <summary>With the charge of an operation committed. One that holds none made no steps.</summary>
    public BudgetRecord Commit(long seq)
    {
        if (stored.Open.FirstOrDefault(charge => charge.Seq == seq) is not { } charge)
        {
            return this;
        }

        var committed = charge.Phases.Aggregate(
            History(stored.Committed),
            (sum, phase) => sum.With(Mechanism(phase), phase.Steps)
        );
        return new(
            stored with
            {
                Committed =
                [
                    .. committed.Phases.Select(phase => new StoredPhase(
                        phase.Mechanism.SampleRate,
                        phase.Mechanism.NoiseMultiplier,
                        phase.Steps
                    )),
                ],
                DeclaredSteps = stored.DeclaredSteps + (charge.Declared ? charge.Phases.Sum(phase => phase.Steps) : 0),
                Open = [.. stored.Open.Where(other => other.Seq != seq)],
            }
        );
    }

    /// <summary>Without the charge of an operation of which it is certain that no noise was drawn for it.</summary>
    public BudgetRecord Release(long seq) =>
        new(stored with { Open = [.. stored.Open.Where(charge => charge.Seq != seq)] });

    private static PrivacyHistory History(IEnumerable<StoredPhase> phases) =>
        phases.Aggregate(PrivacyHistory.Empty, (sum, phase) => sum.With(Mechanism(phase), phase.Steps));

    private static SampledGaussian Mechanism(StoredPhase phase) => new(phase.SampleRate, phase.NoiseMultiplier);

    private static string Name(long seq, int phase) => $"{seq}/{phase}";
}
