using Lace.Functions.Access;
using Lace.Functions.Hosting;
using Lace.Functions.LossIngest;
using Lace.Functions.Notary;
using Lace.Functions.Problems;
using Lace.Functions.Storage;
using Lace.Records.Training;

namespace Lace.Functions.Train;

/// <summary>The training API (docs/private-training.md): what it takes goes into operation logs, which workers execute.</summary>
internal static class TrainApi
{
    /// <summary>Clients of TenSafe and TG-Tinker know the second one; the routes are the same.</summary>
    private static readonly string[] Prefixes = ["/v1", "/api/v1"];

    public static void AddTrain(this IServiceCollection services)
    {
        services.AddNotary();
        services.AddSingleton<Attestations>();
        services.AddRuns();
        services.AddSingleton<TrainingClients>();
        services.AddSingleton<Artifacts>();
        services.AddSingleton<OperationLog>();
        services.AddSingleton<TrainingRuns>();
        services.AddSingleton<TrainingWorkers>();
        services.AddPass<WorkerPass>();
        services.AddSingleton<TrainingQuota>();
        services.AddSingleton(provider => new HostedModels(
            new HostedFolder(provider.GetRequiredService<HostSettings>().ModelsFolder)
        ));
        services.AddSingleton(provider => new HostedDatasets(
            new HostedFolder(provider.GetRequiredService<HostSettings>().DatasetsFolder)
        ));
        services.AddSingleton<TrainingDataFinder>();
        services.AddSingleton<ClientCreation>();
        services.AddSingleton<Epsilons>();
        services.AddSingleton<MetricsReader>();
        services.AddSingleton<OperationIntake>();
        services.AddSingleton<Certificates>();
        services.AddJson(TrainJson.Default);
    }

    public static void MapTrain(this IEndpointRouteBuilder routes)
    {
        foreach (var prefix in Prefixes)
        {
            var group = routes
                .MapGroup(prefix)
                .WithTags("Train")
                .RequireScope(Scope.Train)
                .WithMetadata(TrainingCodes.Metadata);
            if (prefix != Prefixes[0])
            {
                group.ExcludeFromDescription();
            }

            group.MapTrainingClients();
            group.MapOperations();
            group.MapFutures();
            group.MapArtifacts();
        }
    }
}
