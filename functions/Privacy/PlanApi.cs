using Lace.Functions.Hosting;
using Lace.Functions.Plans;
using Lace.Functions.Problems;
using Lace.Privacy.Planning;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Lace.Functions.Privacy;

/// <summary>What a private training would cost, or what a budget allows: arithmetic on the caller's figures, for anybody.</summary>
internal static class PlanApi
{
    private const int MaxBody = 4096;

    public static void AddPlans(this IServiceCollection services)
    {
        services.AddSingleton<PlanTurns>();
        services.AddJson(PlanJson.Default);
    }

    public static void MapPlans(this IEndpointRouteBuilder routes) =>
        routes
            .MapPost("/v1/privacy/plans", AnswerAsync)
            .LimitAddress()
            .LimitBody(MaxBody)
            .WithTags("Privacy")
            .WithSummary("Plan a private training")
            .WithDescription(
                "ε from `noise_multiplier` and `steps`; or, with `target_epsilon` and one of them, the other. `sample_rate`, or `batch_size` and `dataset_size`. By RDP and by PLD, both upper bounds, with the check δ < 1/`dataset_size`, the guidance's word for ε, and what is not covered: the answer of `lace budget --json`. Nothing is stored. Needs no key."
            )
            .Produces<BudgetAnswer>()
            .Refuses(
                StatusCodes.Status400BadRequest,
                StatusCodes.Status413PayloadTooLarge,
                StatusCodes.Status422UnprocessableEntity,
                StatusCodes.Status429TooManyRequests,
                StatusCodes.Status503ServiceUnavailable
            );

    private static async Task<Results<Ok<BudgetAnswer>, Problem>> AnswerAsync(
        PlanRequest request,
        PlanTurns turns,
        CancellationToken cancellationToken
    )
    {
        if (request.ToQuestion(out var reason) is not { } question)
        {
            return Problem.Invalid(reason!);
        }

        var (answer, refusal) = await turns.AnswerAsync(question, cancellationToken);
        return answer is not null ? TypedResults.Ok(answer) : refusal!;
    }
}
