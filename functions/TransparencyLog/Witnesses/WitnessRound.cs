using Lace.Evidence.Transparency.Notes;

namespace Lace.Functions.TransparencyLog.Witnesses;

/// <summary>Collects cosignatures of all witnesses for one checkpoint after another. For one checkpoint at a time.</summary>
/// <remarks>
/// A witness that is away or refuses costs its own cosignature and nothing else: the log goes on, an alarm is logged, and the
/// quorum of those who verify decides what that is worth.
/// </remarks>
internal sealed class WitnessRound(IReadOnlyList<WitnessClient> witnesses, ILogger<WitnessRound> logger)
{
    /// <summary>The note with the cosignatures that came and verified, in the order of the witnesses; takes at most twice the longest time limit.</summary>
    public async Task<SignedNote> CosignAsync(
        SignedNote note,
        ConsistencyProofs proofs,
        CancellationToken cancellationToken = default
    )
    {
        var answers = await Task.WhenAll(
            witnesses.Select(witness => witness.CosignAsync(note, proofs, cancellationToken))
        );
        foreach (var (witness, answer) in witnesses.Zip(answers))
        {
            if (answer.Outcome != WitnessOutcome.Cosigned)
            {
                Log.WitnessAlarm(logger, witness.Witness.Key.Name, answer.Outcome, answer.Detail);
            }
        }

        return note.With(answers.SelectMany(answer => answer.Cosignatures));
    }
}
