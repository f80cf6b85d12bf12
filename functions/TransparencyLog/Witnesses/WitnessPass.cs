using Lace.Evidence.Transparency.Notes;
using Lace.Functions.Hosting;
using Lace.Functions.TransparencyLog.Outgoing;
using Lace.Platform;

namespace Lace.Functions.TransparencyLog.Witnesses;

/// <summary>Has new checkpoints cosigned, beside the batches: a witness that is away holds up nothing.</summary>
internal sealed class WitnessPass(
    LogPartners partners,
    OutgoingHttp http,
    LogReader log,
    CosignedCheckpoints cosigned,
    TimeProvider clock,
    ILogger<WitnessRound> logger
) : IPass
{
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromSeconds(1);

    /// <summary>After a round that some witness did not cosign in.</summary>
    private static readonly TimeSpan BeforeAskingAgain = TimeSpan.FromMinutes(1);

    private readonly WitnessRound round = new(
        [.. partners.Witnesses.Select(witness => new WitnessClient(witness, http, clock))],
        logger
    );

    private string? asked;
    private DateTimeOffset? askAgainAt;

    public async Task<TimeSpan> RunAsync(CancellationToken cancellationToken)
    {
        if (partners.Witnesses.Count == 0)
        {
            return Timeout.InfiniteTimeSpan;
        }

        try
        {
            var note = await NewestAsync(cancellationToken);
            if (note is not null && (note.Text != asked || clock.GetUtcNow() >= askAgainAt))
            {
                var complete = await CosignAsync(note, cancellationToken);
                (asked, askAgainAt) = (note.Text, complete ? null : clock.GetUtcNow() + BeforeAskingAgain);
            }
        }
        catch (Exception failure) when (failure is StorageException or InvalidDataException)
        {
            Log.WitnessesPostponed(logger, failure);
        }

        return BetweenLooks;
    }

    private async Task<SignedNote?> NewestAsync(CancellationToken cancellationToken) =>
        await log.CheckpointAsync(cancellationToken) is not { } bytes ? null
        : SignedNote.TryParse(bytes.Span, out var note) ? note
        : throw new InvalidDataException("The log's public checkpoint cannot be read.");

    /// <summary>Whether every witness cosigned.</summary>
    private async Task<bool> CosignAsync(SignedNote note, CancellationToken cancellationToken)
    {
        var witnessed = await round.CosignAsync(
            note,
            async (from, to, cancel) => await log.ConsistencyProofAsync(from, to, cancel),
            cancellationToken
        );
        var lines = witnessed.Signatures.Count - note.Signatures.Count;
        if (lines > 0)
        {
            await cosigned.KeepAsync(witnessed, cancellationToken);
        }

        return lines == partners.Witnesses.Count;
    }
}
