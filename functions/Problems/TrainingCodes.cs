namespace Lace.Functions.Problems;

/// <summary>
/// Metadata of routes whose clients know the codes of TenSafe and TG-Tinker: every refusal there has an upper-case code, and
/// names it again in the <c>error</c> member that those clients read.
/// </summary>
/// <remarks>One place for all of them: what the host refuses before a handler runs (a key, a body, a limit) is spelled here too.</remarks>
internal sealed class TrainingCodes
{
    private const string Validation = "VALIDATION_ERROR";

    private TrainingCodes() { }

    public static TrainingCodes Metadata { get; } = new();

    /// <summary>The refusal as these routes word it.</summary>
    public static Problem Spell(Problem problem) =>
        problem.Code switch
        {
            "malformed_json" or "malformed_request" or "invalid_request" or "invalid_cursor" => problem with
            {
                Status = StatusCodes.Status422UnprocessableEntity,
                Code = Validation,
            },
            "key_missing" => problem with { Code = "AUTHENTICATION_REQUIRED" },
            "key_unknown" or "key_revoked" or "key_expired" => problem with { Code = "INVALID_API_KEY" },
            "scope_missing" => problem with { Code = "PERMISSION_DENIED" },
            var code => problem with { Code = code.ToUpperInvariant() },
        };
}
