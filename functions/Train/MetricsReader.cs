using System.Collections.Concurrent;
using Lace.Functions.Telemetry;
using Lace.Functions.Train.Messages;
using Lace.Platform;
using Lace.Records.Training;

namespace Lace.Functions.Train;

/// <summary>Reads ledgers for answers.</summary>
internal sealed class MetricsReader(TrainingClients clients, Epsilons epsilons, Metrics metrics)
{
    private const int MostKept = 4096;

    /// <summary>By training client: the steps whose ε was measured last. Clients ask often, and ε changes by steps alone.</summary>
    private readonly ConcurrentDictionary<string, long> measured = new(StringComparer.Ordinal);

    /// <summary>By the budget's accountant alone; null without differential privacy.</summary>
    public Task<DpMetrics?> OfBudgetAsync(
        TenantId tenant,
        TrainingClient client,
        CancellationToken cancellationToken
    ) => ReadAsync(tenant, client, both: false, cancellationToken);

    /// <summary>By both accountants; null without differential privacy.</summary>
    public Task<DpMetrics?> OfBothAsync(TenantId tenant, TrainingClient client, CancellationToken cancellationToken) =>
        ReadAsync(tenant, client, both: true, cancellationToken);

    private async Task<DpMetrics?> ReadAsync(
        TenantId tenant,
        TrainingClient client,
        bool both,
        CancellationToken cancellationToken
    )
    {
        if (await clients.BudgetAsync(tenant, client.Id, cancellationToken) is not { } budget)
        {
            return null;
        }

        var read = budget.ToMetrics(client.Config, epsilons, both);
        if (measured.GetValueOrDefault(client.Id, -1) != read.Steps)
        {
            if (measured.Count >= MostKept)
            {
                measured.Clear();
            }

            measured[client.Id] = read.Steps;
            metrics.Record(Metric.EpsilonSpent, read.EpsilonSpent);
        }

        return read;
    }
}
