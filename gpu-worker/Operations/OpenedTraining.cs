using Lace.Evidence.Datasets;
using Lace.Platform;
using Lace.Records.Training;
using Lace.Torch;
using Lace.Worker.Models;
using Lace.Worker.Training;

namespace Lace.Worker.Operations;

/// <summary>The training cannot be opened; the message is for its owner.</summary>
internal sealed class UnusableException(string code, string message, string category) : Exception(message)
{
    public OperationError Error => new(code, Message, category);
}

/// <summary>The model in memory with its session: as at the start, or as the last state left it.</summary>
/// <remarks>Belongs to one thread.</remarks>
internal sealed class OpenedTraining : IDisposable
{
    private readonly WorkerSettings settings;
    private readonly string modelFolder;
    private TokenizedDataset? data;
    private Tokenizer? tokenizer;

    private OpenedTraining(
        WorkerSettings settings,
        TrainingConfig config,
        string modelFolder,
        CausalModel model,
        TrainingSession session
    )
    {
        (this.settings, this.modelFolder) = (settings, modelFolder);
        (Config, Model, Session) = (config, model, session);
    }

    public CausalModel Model { get; }

    public TrainingSession Session { get; }

    public TrainingConfig Config { get; }

    public Tokenizer Tokenizer => tokenizer ??= Refusing("MODEL_UNUSABLE", () => Tokenizer.Load(modelFolder));

    /// <summary>The registered dataset, read when first needed.</summary>
    /// <exception cref="TrainingRefusedException">There is none, or it cannot be read.</exception>
    public TokenizedDataset Data => data ??= Load();

    /// <exception cref="UnusableException">Model, plan or key cannot be used.</exception>
    public static async Task<OpenedTraining> OpenAsync(
        WorkerStores stores,
        WorkerSettings settings,
        TenantId tenant,
        TrainingClient client
    )
    {
        var config = client.Config;
        var folder =
            OperatorFolder.Find(settings.ModelsFolder, config.ModelRef) is { } found && Directory.Exists(found)
                ? found
                : throw new UnusableException(
                    "MODEL_NOT_FOUND",
                    $"The worker has no model {config.ModelRef}.",
                    OperationError.User
                );
        using var key =
            await stores.Keys.UnwrapDataKeyAsync(tenant, Payloads.NoiseContext(client.Id), client.NoiseKey)
            ?? throw new UnusableException(
                "KEY_GONE",
                "The key of this training is gone: it cannot be gone on with.",
                OperationError.Server
            );
        using var noise = NoiseKey.FromBytes(key.Plaintext);
        var device = DeviceOf(settings.Device);
        CausalModel? model = null;
        try
        {
            model = CausalModel.Load(
                folder,
                config.Dtype == "bfloat16" ? ScalarType.BFloat16 : ScalarType.Float32,
                device
            );
            if (client.BaseDigest is { } digest && digest != model.WeightsDigest)
            {
                throw new UnusableException(
                    "MODEL_CHANGED",
                    $"The weights of {config.ModelRef} are not those that this training began with.",
                    OperationError.Server
                );
            }

            if (Plans.Lora(config) is { } lora)
            {
                model.AddLora(lora, config.Seed);
            }

            return new OpenedTraining(
                settings,
                config,
                folder,
                model,
                TrainingSession.Open(Plans.Of(config), model, noise)
            );
        }
        catch (Exception refused) when (refused is ModelException or TrainingRefusedException or ArgumentException)
        {
            model?.Dispose();
            throw new UnusableException("MODEL_UNUSABLE", refused.Message, OperationError.User);
        }
        catch
        {
            model?.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        Session.Dispose();
        Model.Dispose();
    }

    private TokenizedDataset Load()
    {
        var registered =
            Config.Dataset
            ?? throw new TrainingRefusedException(
                "No dataset is registered with this training client: send batches by forward_backward, or make one with a dataset."
            );
        var path =
            OperatorFolder.Find(settings.DatasetsFolder, registered.Path)
            ?? throw new TrainingRefusedException($"The worker has no dataset {registered.Path}.");
        return TokenizedDataset.Load(path, registered.Field, Format(registered.Format), Tokenizer, Config.MaxSeqLength);
    }

    private static DatasetFormat? Format(string? name) =>
        name switch
        {
            null => null,
            "jsonl" => DatasetFormat.JsonLines,
            "json" => DatasetFormat.Json,
            "csv" => DatasetFormat.Csv,
            "tsv" => DatasetFormat.Tsv,
            "text" => DatasetFormat.Text,
            "file" => DatasetFormat.File,
            _ => throw new TrainingRefusedException($"There is no dataset format '{name}'."),
        };

    private static Device DeviceOf(string? name) =>
        name is not null ? Device.Parse(name)
        : torch.cuda.is_available() ? Device.Parse("cuda")
        : torch.CPU;

    private static T Refusing<T>(string code, Func<T> load)
    {
        try
        {
            return load();
        }
        catch (Exception refused) when (refused is ModelException or IOException)
        {
            throw new TrainingRefusedException($"{code}: {refused.Message}");
        }
    }
}
