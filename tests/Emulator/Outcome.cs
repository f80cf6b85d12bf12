using System.Text.Json;

namespace Lace.Emulator;

/// <summary>How an invocation ended.</summary>
/// <param name="Answer">What the function answered; null where it failed.</param>
/// <param name="ErrorType">Why it failed, as Lambda names it; null where it answered.</param>
/// <param name="Error">What it said of the failure; null where it said nothing.</param>
public sealed record Outcome(ReadOnlyMemory<byte>? Answer, string? ErrorType, JsonElement? Error)
{
    public const string TimedOut = "Sandbox.Timedout";
    public const string Exited = "Runtime.ExitError";

    public static Outcome Answered(ReadOnlyMemory<byte> json) => new(json, null, null);

    public static Outcome Failed(string type, JsonElement? error = null) => new(null, type, error);

    /// <exception cref="InvalidOperationException">It failed.</exception>
    public JsonElement Json =>
        Answer is { } json
            ? JsonElement.Parse(json.Span)
            : throw new InvalidOperationException($"The invocation failed: {ErrorType} {Error}");
}
