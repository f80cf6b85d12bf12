using System.Threading.RateLimiting;
using Lace.Functions.Problems;
using Lace.Privacy.Planning;

namespace Lace.Functions.Privacy;

/// <summary>Bounds what planning may take from a service that has other things to compute: turns, and seconds a turn.</summary>
internal sealed class PlanTurns(TimeSpan longest) : IDisposable
{
    private const int AtOnce = 2;
    private const int Waiting = 16;

    /// <summary>Usual plans take a few hundred milliseconds; an evaluation that has begun goes to its end.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);

    private static readonly Problem Busy = new(
        StatusCodes.Status503ServiceUnavailable,
        "plans_busy",
        "Too many plans are being computed. Repeat the request later, or use `lace budget`, which computes on your machine."
    )
    {
        RetryAfterSeconds = 2,
    };

    private static readonly Problem TooCostly = new(
        StatusCodes.Status422UnprocessableEntity,
        "plan_too_costly",
        $"This plan takes longer than {Longest.TotalSeconds:0} seconds. Use `lace budget`, which has no limit, or give both noise_multiplier and steps."
    );

    private readonly ConcurrencyLimiter limiter = new(
        new ConcurrencyLimiterOptions
        {
            PermitLimit = AtOnce,
            QueueLimit = Waiting,
            QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
        }
    );

    public PlanTurns()
        : this(Longest) { }

    public async Task<(BudgetAnswer? Answer, Problem? Refusal)> AnswerAsync(
        BudgetQuestion question,
        CancellationToken cancellationToken
    )
    {
        using var lease = await limiter.AcquireAsync(1, cancellationToken);
        if (!lease.IsAcquired)
        {
            return (null, Busy);
        }

        using var late = new CancellationTokenSource(longest);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        try
        {
            return await Task.Run(
                () =>
                    question.Answer(out var refusal, either.Token) is { } answer
                        ? (answer, (Problem?)null)
                        : ((BudgetAnswer?)null, Problem.Invalid(refusal!)),
                cancellationToken
            );
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested)
        {
            return (null, TooCostly);
        }
    }

    public void Dispose() => limiter.Dispose();
}
