using System.Diagnostics;

namespace Lace.Functions.Telemetry;

/// <summary>The parts of a request or a batch that are seen on their own in a trace. Costs next to nothing where nobody listens.</summary>
internal static class Spans
{
    public const string SourceName = "Lace";

    public static readonly ActivitySource Source = new(SourceName);

    /// <summary>The kind of the failure, not its text: a message can hold what must not leave the process.</summary>
    public static void Fail(this Activity? span, Exception failure) =>
        span?.SetStatus(ActivityStatusCode.Error, failure.GetType().Name);
}
