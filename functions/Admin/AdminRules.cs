using Lace.Functions.Access;
using Lace.Functions.Problems;
using Lace.Records.Tenancy;

namespace Lace.Functions.Admin;

/// <summary>What the types of an operator's requests do not say. Each answers the first rule broken, or null.</summary>
internal static class AdminRules
{
    private const int MaxText = 200;

    public static readonly Problem TenantNotFound = new(
        StatusCodes.Status404NotFound,
        "not_found",
        "There is no tenant of that id."
    );

    public static readonly Problem KeyNotFound = new(
        StatusCodes.Status404NotFound,
        "not_found",
        "There is no key of that id."
    );

    public static readonly Problem TenantDeleted = new(
        StatusCodes.Status409Conflict,
        "tenant_deleted",
        "This tenant was deleted: make a new one."
    );

    public static readonly Problem NotConfirmed = new(
        StatusCodes.Status400BadRequest,
        "confirmation_missing",
        "Deleting a tenant destroys its keys for good: name the tenant once more, as ?confirm=ID."
    );

    public static Problem? Check(CreateTenant request) =>
        !IsText(request.Name) || request.Name.Length == 0
            ? Problem.Invalid($"name has 1 to {MaxText} characters, none of them a control character.")
            : CheckPlan(request.Plan);

    public static Problem? CheckPlan(string plan) =>
        ServicePlan.Find(plan) is null ? Problem.Invalid($"plan is one of {ServicePlan.Names}.") : null;

    public static Problem? Check(CreateKey request, DateTimeOffset now) =>
        request.Label is { } label && !IsText(label)
            ? Problem.Invalid($"label has at most {MaxText} characters, none of them a control character.")
        : request.Scopes is { } scopes && (scopes.Count == 0 || scopes.Except(Scope.All).Any())
            ? Problem.Invalid($"scopes are any of {string.Join(", ", Scope.All)}.")
        : request.Scopes is { } given && given.Distinct(StringComparer.Ordinal).Count() != given.Count
            ? Problem.Invalid("scopes names one twice.")
        : request.ExpiresAt <= now ? Problem.Invalid("expires_at is past.")
        : null;

    private static bool IsText(string text) => text.Length <= MaxText && !text.Any(char.IsControl);
}
