using Lace.Functions.Hosting;

namespace Lace.Functions.Lambda;

/// <summary>What a function on Lambda learns of itself from its environment.</summary>
/// <param name="RuntimeApi">Host and port of the Runtime API.</param>
/// <param name="Trigger">What its events are: never guessed from an event.</param>
/// <param name="IsWarmedUp">Whether it starts before anybody waits for it, so that it pays to run the pipeline once.</param>
/// <param name="IsSnapshot">SnapStart: whether the started process is kept as a snapshot, of which others are made.</param>
internal sealed record LambdaSettings(string RuntimeApi, TriggerKind Trigger, bool IsWarmedUp, bool IsSnapshot)
{
    public const string RuntimeApiVariable = "AWS_LAMBDA_RUNTIME_API";

    private const string OnDemand = "on-demand";
    private const string SnapStart = "snap-start";

    /// <summary>Null outside Lambda.</summary>
    /// <exception cref="SettingException">There is no such trigger.</exception>
    public static LambdaSettings? Read(IConfiguration environment)
    {
        if (environment[RuntimeApiVariable] is not { Length: > 0 } api)
        {
            return null;
        }

        var initialization = environment["AWS_LAMBDA_INITIALIZATION_TYPE"] ?? OnDemand;
        return new LambdaSettings(
            api,
            TriggerOf(environment["LACE_TRIGGER"] ?? "http"),
            initialization != OnDemand,
            initialization == SnapStart
        );
    }

    private static TriggerKind TriggerOf(string name) =>
        name switch
        {
            "http" => TriggerKind.Http,
            "sqs" => TriggerKind.Sqs,
            "schedule" => TriggerKind.Schedule,
            "authorizer" => TriggerKind.Authorizer,
            _ => throw new SettingException(
                $"LACE_TRIGGER is '{name}': choose from http, sqs, schedule and authorizer, or unset it for http."
            ),
        };
}

internal enum TriggerKind
{
    Http,
    Sqs,
    Schedule,
    Authorizer,
}
