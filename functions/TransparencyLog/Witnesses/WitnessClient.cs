using System.Net;
using System.Text;
using Lace.Evidence.Transparency;
using Lace.Evidence.Transparency.Notes;
using Lace.Functions.TransparencyLog.Outgoing;

namespace Lace.Functions.TransparencyLog.Witnesses;

/// <summary>The consistency proof from one size of this log to a later one; both above 0.</summary>
internal delegate Task<IReadOnlyList<MerkleHash>> ConsistencyProofs(
    long oldSize,
    long newSize,
    CancellationToken cancellationToken
);

/// <summary>Asks one witness for cosignatures (C2SP tlog-witness). For one round at a time.</summary>
internal sealed class WitnessClient(Witness witness, OutgoingHttp http, TimeProvider clock)
{
    private const int MaxAnswerBytes = 64 * 1024;

    // A witness whose clock runs ahead of this makes cosignatures that verifiers would refuse.
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromMinutes(5);

    // What the witness cosigned last, as far as known. After a restart nothing is: it then tells, with status 409.
    private long lastSize;

    public Witness Witness => witness;

    /// <summary>Sends the checkpoint and, where the witness knows another size than we thought, once more from there.</summary>
    public async Task<WitnessAnswer> CosignAsync(
        SignedNote note,
        ConsistencyProofs proofs,
        CancellationToken cancellationToken = default
    )
    {
        if (!Checkpoint.TryParse(note.Text, out var checkpoint))
        {
            throw new ArgumentException("Only checkpoints are cosigned.", nameof(note));
        }

        try
        {
            var answer = await AskAsync();
            return SizeOf(answer) is { } size ? await AskAgainAsync(size) : Read(answer, note, checkpoint.Size);
        }
        catch (OutgoingException failure)
        {
            return WitnessAnswer.Without(WitnessOutcome.Unreachable, failure.Message);
        }

        async Task<OutgoingAnswer> AskAsync()
        {
            var old = Math.Min(lastSize, checkpoint.Size);
            var proof = old == 0 || old == checkpoint.Size ? [] : await proofs(old, checkpoint.Size, cancellationToken);
            return await http.PostAsync(
                witness.AddCheckpoint,
                "text/plain",
                Encoding.UTF8.GetBytes(new AddCheckpointRequest(old, proof, note).ToString()),
                witness.TimeLimit,
                MaxAnswerBytes,
                cancellationToken
            );
        }

        async Task<WitnessAnswer> AskAgainAsync(long size)
        {
            lastSize = size;
            return size > checkpoint.Size
                ? WitnessAnswer.Without(
                    WitnessOutcome.AheadOfLog,
                    $"It has cosigned size {size}, this is {checkpoint.Size}."
                )
                : Read(await AskAsync(), note, checkpoint.Size);
        }
    }

    private WitnessAnswer Read(OutgoingAnswer answer, SignedNote note, long size) =>
        answer.Status switch
        {
            HttpStatusCode.OK => ReadCosignatures(answer, note, size),
            HttpStatusCode.BadRequest => Refusal(WitnessOutcome.Refused),
            HttpStatusCode.Forbidden => Refusal(WitnessOutcome.UnknownKey),
            HttpStatusCode.NotFound => Refusal(WitnessOutcome.UnknownOrigin),
            HttpStatusCode.Conflict when IsSize(answer) && SizeOf(answer) is null => WitnessAnswer.Without(
                WitnessOutcome.BadAnswer,
                "It names no size."
            ),
            HttpStatusCode.Conflict => Refusal(WitnessOutcome.Conflict),
            HttpStatusCode.UnprocessableEntity => Refusal(WitnessOutcome.Inconsistent),
            var other => WitnessAnswer.Without(WitnessOutcome.Unreachable, $"It answered {(int)other}."),
        };

    private static WitnessAnswer Refusal(WitnessOutcome outcome) => WitnessAnswer.Without(outcome, "");

    private WitnessAnswer ReadCosignatures(OutgoingAnswer answer, SignedNote note, long size)
    {
        if (SignedNote.ParseLines(answer.Body.Span) is not { } lines)
        {
            return WitnessAnswer.Without(WitnessOutcome.BadAnswer, "Its answer is not signature lines.");
        }

        var verification = new SignedNote(note.Text, lines).Verify([witness.Key]);
        var latest = (clock.GetUtcNow() + ClockTolerance).ToUnixTimeSeconds();
        if (
            verification.Verdict != NoteVerdict.Verified
            || verification.Signatures.Any(line => line.UnixSeconds <= 0 || line.UnixSeconds > latest)
        )
        {
            return WitnessAnswer.Without(
                WitnessOutcome.BadAnswer,
                verification.Verdict == NoteVerdict.Verified
                    ? "Its time is wrong."
                    : $"Its cosignature: {verification.Verdict}."
            );
        }

        lastSize = size;
        return new WitnessAnswer(WitnessOutcome.Cosigned, "", [verification.Signatures[0].Line]);
    }

    /// <summary>The size that the witness wants to be asked from; null where the answer is not of that kind.</summary>
    private static long? SizeOf(OutgoingAnswer answer) =>
        IsSize(answer) ? AddCheckpointRequest.ParseSize(answer.Body.Span) : null;

    private static bool IsSize(OutgoingAnswer answer) =>
        answer is { Status: HttpStatusCode.Conflict, MediaType: AddCheckpointRequest.SizeMediaType };
}
