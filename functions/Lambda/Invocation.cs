namespace Lace.Functions.Lambda;

/// <summary>One event to be answered, as the Runtime API gives it.</summary>
/// <param name="Deadline">When Lambda ends the process if there is no answer.</param>
/// <param name="Trace">The X-Ray header; null where the call is not traced.</param>
/// <param name="FunctionArn">Of the function with the alias or version that was called.</param>
/// <param name="ClientContext">JSON that a mobile SDK sent along.</param>
/// <param name="CognitoIdentity">JSON of who called through a mobile SDK.</param>
/// <param name="TenantId">Of a function with tenant isolation.</param>
internal sealed record Invocation(
    string RequestId,
    DateTimeOffset Deadline,
    XRayTrace? Trace,
    string? FunctionArn,
    string? ClientContext,
    string? CognitoIdentity,
    string? TenantId,
    ReadOnlyMemory<byte> Event
);
