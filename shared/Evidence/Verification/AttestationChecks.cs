using Lace.Evidence.Datasets;

namespace Lace.Evidence.Verification;

/// <summary>Rung 1: the dataset was committed, stands, and was committed first.</summary>
internal static class AttestationChecks
{
    public static IEnumerable<Check> Run(VerificationInput input)
    {
        var attestation = input.Attestation;
        yield return Check.Of(
            CheckNames.AttestationComplete,
            attestation is { Complete: true, Root: not null, CompletedAt: not null },
            attestation is { Complete: true, CompletedAt: { } at }
                ? $"Completed {Words.Time(at)} with {attestation.Records} records and root {attestation.Root}."
                : "The dataset was not sent completely, so nothing is committed."
        );
        yield return Check.Of(
            CheckNames.NotRevoked,
            attestation.RevokedAt is null,
            attestation.RevokedAt is { } revoked
                ? $"The owner revoked the attestation {Words.Time(revoked)}: {attestation.RevocationReason}"
                : "The owner has not revoked the attestation."
        );
        yield return Root(input);
        yield return First(input);
    }

    private static Check Root(VerificationInput input)
    {
        var (attestation, run) = (input.Attestation, input.Run);
        var recomputed =
            attestation.ChunkRoots.Count > 0 && attestation.Damage is null
                ? DatasetRoot.FromChunkRoots([.. attestation.ChunkRoots])
                : (Transparency.MerkleHash?)null;
        var detail =
            attestation.Damage is { } damage ? damage
            : recomputed is null ? "No chunk roots are stored."
            : recomputed != attestation.Root ? $"The stored chunk roots give {recomputed}, not the attested root."
            : run.Root != attestation.Root ? "The run was made for another root than the attestation has now."
            : $"The {attestation.ChunkRoots.Count} stored chunk roots give the attested root.";
        return Check.Of(
            CheckNames.RootRecomputed,
            recomputed is not null && recomputed == attestation.Root && run.Root == attestation.Root,
            detail
        );
    }

    private static Check First(VerificationInput input)
    {
        if (input.Attestation.CompletedAt is not { } completed)
        {
            return Check.Of(CheckNames.CommittedFirst, false, "The attestation was never completed.");
        }

        if (input.Recorded is not { FirstReceivedAt: { } received })
        {
            return Check.NotChecked(CheckNames.CommittedFirst, "No segment of the loss log was accepted yet.");
        }

        // The client's clock is a claim; a claim that contradicts the order of events still counts against it.
        var oldest = input.Recorded.Times.Select(time => (long?)time.OldestAt).Min();
        if (oldest < completed.Subtract(Liveness.Tolerance).ToUnixTimeMilliseconds())
        {
            return Check.Of(
                CheckNames.CommittedFirst,
                false,
                $"The log says that losses were computed {Words.Time(DateTimeOffset.FromUnixTimeMilliseconds(oldest.Value))}, before the dataset was committed {Words.Time(completed)}."
            );
        }

        var times =
            $"The dataset was committed {Words.Time(completed)}; the first segment of the log was received {Words.Time(received)}, by the server's clock";
        return completed > input.Run.CreatedAt || completed >= received
            ? Check.Of(CheckNames.CommittedFirst, false, times + ".")
            : LogCheck.Given(input).Status switch
            {
                CheckStatus.Passed => Check.Of(
                    CheckNames.CommittedFirst,
                    true,
                    times + "; its statement is in the transparency log before that of the run's start."
                ),
                CheckStatus.Failed => Check.Of(
                    CheckNames.CommittedFirst,
                    false,
                    times + "; the transparency log does not bear it out."
                ),
                _ => Check.NotChecked(
                    CheckNames.CommittedFirst,
                    times + " alone: the transparency log was not checked."
                ),
            };
    }
}
