namespace Lace.Functions.Telemetry;

/// <summary>Where a metric, a span or a line of the log comes from.</summary>
/// <param name="Function">Which function of the installation; <c>host</c> outside Lambda.</param>
/// <param name="Stage">The value of <c>LACE_STAGE</c>; <c>local</c> where it is not set.</param>
internal sealed record TelemetryLabels(string Function, string Stage)
{
    public static TelemetryLabels Read(IConfiguration environment)
    {
        var stage = environment["LACE_STAGE"] is { Length: > 0 } set ? set : "local";
        var name = environment["AWS_LAMBDA_FUNCTION_NAME"] is { Length: > 0 } given ? given : "host";
        var prefix = $"lace-{stage}-";
        return new(name.StartsWith(prefix, StringComparison.Ordinal) ? name[prefix.Length..] : name, stage);
    }
}
