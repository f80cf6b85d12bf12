using Lace.Functions.Hosting;
using Microsoft.AspNetCore.Hosting.Server;

namespace Lace.Functions.Lambda;

internal static class LambdaHosting
{
    /// <summary>The application gets its requests, or the events of another trigger, from the Lambda Runtime API.</summary>
    public static void AddLambdaHosting(this WebApplicationBuilder builder, LambdaSettings settings)
    {
        var services = builder.Services;
        services.AddSingleton(settings);
        services.AddSingleton<IServer, LambdaServer>();
        switch (settings.Trigger)
        {
            case TriggerKind.Sqs:
                services.AddSingleton<ITrigger, SqsTrigger>();
                break;
            case TriggerKind.Schedule:
                services.AddSingleton<ITrigger, ScheduleTrigger>();
                break;
            case TriggerKind.Authorizer:
                services.AddSingleton<ITrigger, AuthorizerTrigger>();
                break;
        }
    }

    /// <summary>Tells Lambda why the process cannot start, and the log too; the exit code.</summary>
    public static async Task<int> ReportStartFailureAsync(string runtimeApi, Exception failure)
    {
        await Console.Error.WriteLineAsync(StartFailure.Explain(failure) ?? failure.ToString());
        try
        {
            using var runtime = new RuntimeClient(runtimeApi);
            await runtime.FailStartAsync(failure, CancellationToken.None);
        }
        catch (Exception unheard) when (unheard is HttpRequestException or RuntimeApiException)
        {
            // It takes the report only from a process that has not asked for an event yet; the log has it in any case.
        }

        return StartFailure.ExitCode;
    }
}
