using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Lace.Platform;
using Lace.Records.Audit;
using Lace.Records.Training;
using Microsoft.Extensions.DependencyInjection;

namespace Lace.Tests.Functions.Train;

/// <summary>
/// A test double: takes a training client as a worker does, through the same lease, and ends operations with results that the test
/// says. It trains nothing.
/// </summary>
internal sealed class ScriptedWorker(LaceApp app, TenantId tenant)
{
    private readonly IItemStore items = app.Services.GetRequiredService<IItemStore>();
    private readonly AuditTrail audit = app.Services.GetRequiredService<AuditTrail>();

    /// <summary>Runs what can be run now, in order; how many that was.</summary>
    /// <param name="answer">The result of an operation, or an error to fail it with; null for a default result.</param>
    public async Task<int> RunAsync(string clientId, Func<Operation, JsonNode, object?>? answer = null)
    {
        var lease = await ClaimAsync(clientId);
        var ran = 0;
        // What is accepted between the last look and the release is this worker's to run, as it is a real one's.
        do
        {
            while (await lease.NextAsync() is { } next && await lease.BeginAsync(next) is { } begun)
            {
                await EndAsync(lease, begun, answer);
                ran++;
            }
        } while (!await lease.ReleaseAsync());

        return ran;
    }

    public async Task<ClientLease> ClaimAsync(string clientId) =>
        await ClientLease.ClaimAsync(
            items,
            audit,
            TimeProvider.System,
            tenant,
            clientId,
            "scripted",
            TimeSpan.FromMinutes(1)
        ) ?? throw new InvalidOperationException("Another worker has the client.");

    private async Task EndAsync(ClientLease lease, Operation begun, Func<Operation, JsonNode, object?>? answer)
    {
        using var payloads = await Payloads.OpenAsync(
            app.Services.GetRequiredService<IKeyService>(),
            app.Services.GetRequiredService<IBlobStore>(),
            tenant,
            lease.Client
        );
        var request = await payloads.OpenAsync(Payloads.RequestName(begun.RequestHash), begun.Request);
        var step = lease.Client.Step + begun.Steps;
        var said = answer?.Invoke(begun, JsonNode.Parse(request)!);
        if (said is OperationError error)
        {
            await lease.FailAsync(begun, error, certainlyUntouched: true);
            return;
        }

        var result = said as JsonNode ?? new JsonObject { ["step"] = step };
        await lease.CompleteAsync(begun, payloads, new Completion(Encoding.UTF8.GetBytes(result.ToJsonString()), step));
    }
}
