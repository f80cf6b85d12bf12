using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Lace.Platform;
using Lace.Platform.Embedded;
using Lace.Records.Audit;
using Lace.Records.Storage;
using Lace.Records.Tenancy;
using Lace.Records.Training;
using Lace.SystemTests.Platform;
using Lace.Torch;
using Lace.Worker.Models;
using Lace.Worker.Operations;
using Microsoft.Data.Sqlite;

namespace Lace.SystemTests.Operations;

/// <summary>A data folder with a tiny model and dataset, callers in this process, and workers that are real processes.</summary>
internal sealed class WorkerWorld : IDisposable
{
    public static readonly TenantId Tenant = new("tenant-acme");
    public const int Records = 40;

    private const string Model = """
        { "architectures": ["LlamaForCausalLM"], "vocab_size": 272, "hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 2,
          "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": 64, "tie_word_embeddings": true }
        """;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    private readonly TemporaryFolder folder;
    private readonly string name;
    private readonly List<Process> processes = [];

    private WorkerWorld(TemporaryFolder folder, string name, WorkerStores stores)
    {
        (this.folder, this.name, Stores) = (folder, name, stores);
        Log = new OperationLog(
            stores.Items,
            stores.Blobs,
            stores.Keys,
            stores.Audit,
            stores.Clients,
            stores.Artifacts,
            stores.Clock
        );
    }

    public WorkerStores Stores { get; }

    public OperationLog Log { get; }

    public string Data => folder[name];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<WorkerWorld> CreateAsync()
    {
        var made = new TemporaryFolder();
        WriteModel(made["models/org/tiny"], seed: 5);
        WriteModel(made["models/org/other"], seed: 6);
        Directory.CreateDirectory(made["datasets"]);
        await File.WriteAllLinesAsync(
            made["datasets/lines.jsonl"],
            Enumerable
                .Range(0, Records)
                .Select(i => $"{{\"text\":\"record {i} says {new string((char)('a' + (i % 26)), 1 + (i % 20))}\"}}"),
            Cancel
        );
        return await OpenAsync(made, "data");
    }

    /// <summary>Whether nobody is in the middle of a write.</summary>
    public bool CanWrite()
    {
        const int busy = 5;
        using var items = new SqliteConnection(
            $"Data Source={Path.Combine(Data, "items.db")};Pooling=False;Default Timeout=1"
        );
        items.Open();
        using var command = items.CreateCommand();
        command.CommandText = "BEGIN IMMEDIATE; ROLLBACK";
        try
        {
            command.ExecuteNonQuery();
            return true;
        }
        catch (SqliteException refused) when (refused.SqliteErrorCode == busy)
        {
            return false;
        }
    }

    /// <summary>The same folder once more: what happens there does not happen here.</summary>
    public async Task<WorkerWorld> CopyAsync(string copy)
    {
        Directory.CreateDirectory(folder[copy]);
        using var copying = Process.Start("cp", ["-a", Data + "/.", folder[copy]]);
        await copying.WaitForExitAsync(Cancel);
        return await OpenAsync(folder, copy);
    }

    public static TrainingConfig Config(
        TrainingPrivacy? privacy = null,
        string model = "org/tiny",
        bool dataset = true,
        TrainingLora? lora = null,
        string? runId = null,
        long? maxSteps = null
    ) =>
        new(
            model,
            "float32",
            lora,
            new("adamw", 1e-2, 0.01, 0.9, 0.999, 1e-8),
            privacy,
            new(Records, 0.2),
            dataset ? new("lines.jsonl", "text") : null,
            8,
            1,
            maxSteps,
            32,
            3,
            RunId: runId
        );

    public static TrainingPrivacy Private(double epsilon = 50) => new(1, 1, epsilon, 1e-3, "rdp", "automatic");

    public async Task<TrainingClient> ClientAsync(TrainingConfig config, TenantId? tenant = null) =>
        (await Stores.Clients.CreateAsync(tenant ?? Tenant, config, Audited(""), Cancel)).Client!;

    /// <summary>Writes the tenant's record, and how much of its artifacts' room is used.</summary>
    public async Task HasPlanAsync(string plan, long usedBytes)
    {
        var tenant = new Tenant(Tenant.Value, "test", DateTimeOffset.UnixEpoch, plan);
        ItemWrite[] writes =
        [
            ItemWrite.Put(
                new ItemKey(TenantId.Service, "TENANTS", Tenant.Value),
                JsonSerializer.Serialize(tenant, RecordsJson.Default.Tenant)
            ),
            ItemWrite.Put(
                new ItemKey(Tenant, "USAGE", nameof(Quota.ArtifactBytes)),
                JsonSerializer.Serialize(new UsageCount(usedBytes), RecordsJson.Default.UsageCount)
            ),
        ];
        Assert.True(await Stores.Items.TransactAsync(writes, Cancel));
    }

    public async Task<Operation> AcceptAsync(
        TrainingClient client,
        OperationKind kind,
        string body = "{}",
        int steps = 0,
        string? artifact = null
    )
    {
        var accepted = await Log.AcceptAsync(
            Tenant,
            client.Id,
            new OperationRequest(kind, Encoding.UTF8.GetBytes(body), null, steps, Audited(body), artifact),
            Cancel
        );
        Assert.Equal(AcceptOutcome.Accepted, accepted.Outcome);
        return accepted.Operation!;
    }

    public Task<Operation> StepAsync(TrainingClient client) =>
        AcceptAsync(client, OperationKind.OptimStep, "{}", steps: 1);

    public Task<Operation> TrainAsync(TrainingClient client, int steps) =>
        AcceptAsync(client, OperationKind.TrainStep, $"{{\"steps\":{steps}}}", steps);

    public Task<Operation> BatchAsync(TrainingClient client, params int[][] rows) =>
        AcceptAsync(
            client,
            OperationKind.ForwardBackward,
            $"{{\"batch\":{{\"input_ids\":{JsonSerializer.Serialize(rows)}}}}}"
        );

    public Task<Operation> LoadAsync(TrainingClient client, string artifact, bool optimizer = true) =>
        AcceptAsync(
            client,
            OperationKind.LoadState,
            $"{{\"artifact_id\":\"{artifact}\",\"include_optimizer\":{(optimizer ? "true" : "false")}}}",
            artifact: artifact
        );

    public async Task<TrainingClient> ReadAsync(TrainingClient client) =>
        (await Stores.Clients.GetAsync(Tenant, client.Id, Cancel))!.Client;

    /// <summary>The operation at its end.</summary>
    public async Task<Operation> EndedAsync(Operation operation)
    {
        var view = await Log.WaitAsync(Tenant, operation.FutureId, Patience, Cancel);
        Assert.True(view!.Operation.HasEnded, $"{operation.FutureId} is {view.Operation.Status}.");
        return view.Operation;
    }

    public async Task<JsonElement> ResultAsync(Operation operation)
    {
        var ended = await EndedAsync(operation);
        Assert.True(
            ended.Status == OperationStatus.Completed,
            $"{ended.Kind} {ended.Seq} {ended.Status}: {ended.Error?.Code} {ended.Error?.Message}"
        );
        return JsonDocument.Parse(await Log.ResultAsync(Tenant, ended, Cancel)).RootElement;
    }

    public async Task<OperationError> ErrorAsync(Operation operation)
    {
        var ended = await EndedAsync(operation);
        Assert.Equal(OperationStatus.Failed, ended.Status);
        return ended.Error!;
    }

    /// <summary>A saved artifact, by a worker that ends then.</summary>
    public async Task<string> SavedAsync(TrainingClient client)
    {
        var save = await AcceptAsync(client, OperationKind.SaveState, "{\"name\":\"kept\"}");
        await WorkAsync(client);
        return (await ResultAsync(save)).GetProperty("artifact_id").GetString()!;
    }

    /// <summary>Starts a worker.</summary>
    public Process Start(TrainingClient client, int autosave = 200, double idle = 0.1)
    {
        var start = new ProcessStartInfo(
            "dotnet",
            [
                Path.Combine(AppContext.BaseDirectory, "Lace.Worker.dll"),
                "--data",
                Data,
                "--models",
                folder["models"],
                "--datasets",
                folder["datasets"],
                "--client",
                client.Id,
            ]
        )
        {
            UseShellExecute = false,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        start.Environment["LACE_TENANT"] = Tenant.Value;
        start.Environment["LACE_WORKER_IDLE"] = idle.ToString(CultureInfo.InvariantCulture);
        start.Environment["LACE_WORKER_LEASE"] = "3";
        start.Environment["LACE_WORKER_AUTOSAVE"] = autosave.ToString(CultureInfo.InvariantCulture);
        start.Environment["OMP_NUM_THREADS"] = "1";
        var process = Process.Start(start)!;
        processes.Add(process);
        return process;
    }

    /// <summary>A worker from its start to its end; its log.</summary>
    public async Task<IReadOnlyList<JsonElement>> WorkAsync(TrainingClient client, int autosave = 200)
    {
        using var process = Start(client, autosave);
        var log = await process.StandardError.ReadToEndAsync(Cancel);
        await process.WaitForExitAsync(Cancel);
        Assert.True(process.ExitCode == 0, $"exit code {process.ExitCode}: {log}");
        return
        [
            .. log.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => JsonDocument.Parse(line).RootElement),
        ];
    }

    public static AuditedRequest Audited(string body) =>
        new(new(SHA256.HashData(Encoding.UTF8.GetBytes(body))), body.Length, DateTimeOffset.UnixEpoch);

    public void Dispose()
    {
        foreach (var process in processes)
        {
            try
            {
                process.Kill();
            }
            catch (InvalidOperationException)
            {
                // It has ended, or was disposed.
            }
        }

        Stores.Dispose();
        if (name == "data")
        {
            folder.Dispose();
        }
    }

    private static async Task<WorkerWorld> OpenAsync(TemporaryFolder folder, string name) =>
        new(
            folder,
            name,
            await WorkerStores.OpenAsync(EmbeddedPlatform.Open(folder[name], TimeProvider.System), TimeProvider.System)
        );

    private static void WriteModel(string path, long seed)
    {
        using var model = CausalModel.Initialize(ModelConfig.Parse(Model), ScalarType.Float32, torch.CPU, seed);
        model.SavePretrained(path);
        Tokenizer.OfBytes().Save(path);
    }
}
