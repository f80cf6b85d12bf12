using System.Collections.Immutable;

namespace Lace.Privacy;

/// <summary>What ε is computed from: how many steps were made with which mechanism. Their order does not matter.</summary>
/// <remarks>Immutable. Equal mechanisms are one phase, so that a step costs an addition however long the training is.</remarks>
public sealed class PrivacyHistory
{
    /// <summary>Most steps that one history counts; rounding is bounded for so many.</summary>
    public const long MostSteps = 1_000_000_000;

    /// <summary>Most different mechanisms in one history.</summary>
    public const int MostPhases = 64;

    private PrivacyHistory(ImmutableArray<Phase> phases) => Phases = phases;

    /// <summary>No step yet: ε is 0.</summary>
    public static PrivacyHistory Empty { get; } = new([]);

    public ImmutableArray<Phase> Phases { get; }

    public long Steps => Phases.Sum(phase => phase.Steps);

    public static PrivacyHistory Of(SampledGaussian mechanism, long steps) => Empty.With(mechanism, steps);

    /// <summary>This history and <paramref name="steps"/> more. An empty batch is a step too.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than one step, or more than <see cref="MostSteps"/> in all.</exception>
    /// <exception cref="ArgumentException">More than <see cref="MostPhases"/> mechanisms.</exception>
    public PrivacyHistory With(SampledGaussian mechanism, long steps = 1)
    {
        ArgumentNullException.ThrowIfNull(mechanism);
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(steps, MostSteps - Steps);
        for (var i = 0; i < Phases.Length; i++)
        {
            if (Phases[i].Mechanism == mechanism)
            {
                return new(Phases.SetItem(i, new(mechanism, Phases[i].Steps + steps)));
            }
        }

        return Phases.Length < MostPhases
            ? new(Phases.Add(new(mechanism, steps)))
            : throw new ArgumentException($"A history has at most {MostPhases} mechanisms.", nameof(mechanism));
    }
}

/// <summary>Steps with one mechanism.</summary>
public readonly record struct Phase(SampledGaussian Mechanism, long Steps);
