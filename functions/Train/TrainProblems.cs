using System.Text.Json.Nodes;
using Lace.Functions.Plans;
using Lace.Functions.Problems;
using Lace.Records.Tenancy;
using Lace.Records.Training;

namespace Lace.Functions.Train;

/// <summary>The refusals of the training routes, each code in one place.</summary>
internal static class TrainProblems
{
    public static readonly Problem ClientNotFound = NotFound("TRAINING_CLIENT_NOT_FOUND", "training client");
    public static readonly Problem FutureNotFound = NotFound("FUTURE_NOT_FOUND", "future");
    public static readonly Problem ArtifactNotFound = NotFound("ARTIFACT_NOT_FOUND", "artifact");
    public static readonly Problem RunNotFound = NotFound("RUN_NOT_FOUND", "run");

    public static readonly Problem ResultGone = new(
        StatusCodes.Status410Gone,
        "RESULT_GONE",
        "The operation completed, but its stored result does not open any more: the tenant's keys were destroyed, or the store was changed."
    );

    public static readonly Problem NotPrivate = new(
        StatusCodes.Status422UnprocessableEntity,
        "VALIDATION_ERROR",
        "This training client was made without dp_config: no privacy is spent and none is given."
    );

    public static readonly Problem NoCertificate = new(
        StatusCodes.Status404NotFound,
        "CERTIFICATE_NOT_FOUND",
        "This artifact was trained without differential privacy: there is nothing to certify."
    );

    public static readonly Problem CertificateNotLogged = new(
        StatusCodes.Status503ServiceUnavailable,
        "CERTIFICATE_NOT_LOGGED",
        "The certificate is signed and not in the transparency log yet. Repeat the request."
    )
    {
        RetryAfterSeconds = 1,
    };

    /// <summary>The store does not give back what was sealed. Which of the ways it failed is in the log, not for callers.</summary>
    public static readonly Problem ArtifactUnreadable = new(
        StatusCodes.Status500InternalServerError,
        "ARTIFACT_UNREADABLE",
        "What is stored of this artifact does not open: it was changed, or its key is gone. Nothing of it is given out."
    );

    public static readonly Problem ClientTerminated = new(
        StatusCodes.Status409Conflict,
        "TRAINING_CLIENT_TERMINATED",
        "This training client was deleted and takes nothing more. Its futures and artifacts are still there; make a new training client and load one of them."
    );

    public static readonly Problem BudgetExceeded = new(
        StatusCodes.Status400BadRequest,
        "DP_BUDGET_EXCEEDED",
        "This step would exceed the privacy budget: nothing was done and nothing was charged. See dp_metrics; what is trained can still be saved and sampled from."
    );

    public static readonly Problem FutureCancelled = new(
        StatusCodes.Status409Conflict,
        "FUTURE_CANCELLED",
        "The operation was cancelled before it began."
    );

    public static readonly Problem NoDataset = new(
        StatusCodes.Status422UnprocessableEntity,
        "VALIDATION_ERROR",
        "This training client has no dataset on this host to draw from: make one with dataset.path, or send batches with forward_backward."
    );

    /// <summary>What the worker said of an operation that was waited for.</summary>
    public static Problem OperationFailed(OperationError error) =>
        new(
            error.Category == OperationError.User
                ? StatusCodes.Status422UnprocessableEntity
                : StatusCodes.Status500InternalServerError,
            error.Code,
            error.Message
        )
        {
            Details = new JsonObject { ["category"] = error.Category },
        };

    public static Problem ModelNotFound(string modelRef) =>
        new(
            StatusCodes.Status404NotFound,
            "MODEL_NOT_FOUND",
            "This host has no readable model of that name. Put its folder (config.json, *.safetensors, tokenizer.json) below the host's models folder and name it by its path there, such as org/name; links that lead out of the folder are not followed."
        )
        {
            Details = new JsonObject { ["model_ref"] = modelRef },
        };

    public static Problem DatasetNotFound(string name) =>
        new(
            StatusCodes.Status404NotFound,
            "DATASET_NOT_FOUND",
            "This host has no such dataset. Put the file below the host's datasets folder and name it by its path there, or complete its attestation first."
        )
        {
            Details = new JsonObject { ["dataset"] = name },
        };

    public static Problem QueueFull(int pending) =>
        new(
            StatusCodes.Status503ServiceUnavailable,
            "QUEUE_FULL",
            $"This tenant has {pending:N0} operations that have not ended, the most of its plan. Wait for futures, or cancel some."
        )
        {
            RetryAfterSeconds = 5,
            Details = new JsonObject { ["pending"] = pending },
        };

    public static Problem TooManyClients(Charge charge) =>
        new(
            StatusCodes.Status429TooManyRequests,
            "QUOTA_EXCEEDED",
            $"This tenant has {charge.Used:N0} training clients, the most of its plan {charge.Plan}. Delete one."
        )
        {
            RetryAfterSeconds = 60,
            Details = new JsonObject { ["training_clients"] = charge.Used },
            Quota = ProblemQuota.Of(charge),
        };

    public static Problem SequenceConflict(long seqId) =>
        new(
            StatusCodes.Status409Conflict,
            "SEQ_CONFLICT",
            $"seq_id {seqId} was used for another request. The first one stays; take the next free seq_id."
        )
        {
            Details = new JsonObject { ["seq_id"] = seqId },
        };

    public static Problem MaxStepsReached(long maxSteps) =>
        new(
            StatusCodes.Status409Conflict,
            "MAX_STEPS_REACHED",
            $"This training client was made for {maxSteps:N0} steps, and they are made or accepted. Save its state, and load it into a new training client to go on."
        )
        {
            Details = new JsonObject { ["max_steps"] = maxSteps },
        };

    /// <summary>The same words for what is not there, what is another tenant's and what cannot be an id.</summary>
    private static Problem NotFound(string code, string what) =>
        new(StatusCodes.Status404NotFound, code, $"There is no such {what} under this key.");
}
