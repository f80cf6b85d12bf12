using System.Text.Json;
using System.Text.Json.Nodes;
using Lace.Torch;

namespace Lace.Worker.Models;

/// <summary>
/// A LoRA adapter as PEFT keeps it. Of its many variants only the plain one is read: an option that would make it compute something
/// else is refused by name.
/// </summary>
internal sealed class AdapterFiles
{
    private const string ConfigName = "adapter_config.json";
    private const string WeightsName = "adapter_model.safetensors";

    /// <summary>Describes the file or only how training began.</summary>
    private static readonly HashSet<string> ChangesNothing =
    [
        .. new[]
        {
            "base_model_name_or_path",
            "inference_mode",
            "init_lora_weights",
            "revision",
            "auto_mapping",
            "runtime_config",
        },
        .. new[]
        {
            "peft_version",
            "fan_in_fan_out",
            "task_type",
            "megatron_core",
            "ensure_weight_tying",
            "qalora_group_size",
        },
    ];

    private static readonly HashSet<string> Read =
    [
        .. new[] { "peft_type", "r", "lora_alpha", "lora_dropout", "target_modules", "use_rslora" },
    ];

    private readonly Dictionary<string, Tensor> found;

    private AdapterFiles(LoraSettings settings, Dictionary<string, Tensor> found)
    {
        Settings = settings;
        this.found = found;
    }

    public LoraSettings Settings { get; }

    public static string NameOf(string layer, char matrix) => $"base_model.model.{layer}.lora_{matrix}.weight";

    /// <summary>As PEFT begins: uniform, by Kaiming's rule for a slope of √5.</summary>
    public static Tensor FreshA(long[] shape, Generator generator)
    {
        var bound = 1 / Math.Sqrt(shape[1]);
        return torch.empty(shape).uniform_(-bound, bound, generator);
    }

    public static void Save(
        string folder,
        LoraSettings settings,
        ModelFamily family,
        string? baseModel,
        IEnumerable<SafeTensorsContent> contents
    )
    {
        Directory.CreateDirectory(folder);
        var config = new JsonObject
        {
            ["base_model_name_or_path"] = baseModel,
            ["bias"] = "none",
            ["fan_in_fan_out"] = family == ModelFamily.Gpt2,
            ["inference_mode"] = true,
            ["init_lora_weights"] = true,
            ["lora_alpha"] = settings.Alpha == Math.Floor(settings.Alpha) ? (long)settings.Alpha : settings.Alpha,
            ["lora_dropout"] = settings.Dropout,
            ["modules_to_save"] = null,
            ["peft_type"] = "LORA",
            ["r"] = settings.Rank,
            ["target_modules"] = new JsonArray([.. settings.TargetModules.Select(name => JsonValue.Create(name))]),
            ["task_type"] = "CAUSAL_LM",
            ["use_dora"] = false,
            ["use_rslora"] = settings.UseRsLora,
        };
        SafeTensors.Write(
            Path.Combine(folder, WeightsName),
            contents,
            new Dictionary<string, string> { ["format"] = "pt" }
        );
        File.WriteAllText(Path.Combine(folder, ConfigName), config.ToJsonString(new() { WriteIndented = true }) + "\n");
    }

    /// <summary>The tensors belong to the innermost scope.</summary>
    public static AdapterFiles Load(string folder, ModelFamily family)
    {
        var (config, weights) = (Path.Combine(folder, ConfigName), Path.Combine(folder, WeightsName));
        if (!File.Exists(config) || !File.Exists(weights))
        {
            throw new ModelException($"{folder} lacks {ConfigName} or {WeightsName}.");
        }

        var settings = Parse(File.ReadAllText(config));
        try
        {
            settings.Check(family);
        }
        catch (ArgumentException e)
        {
            throw Wrong(e.Message, e);
        }

        return new AdapterFiles(settings, SafeTensors.Load(weights));
    }

    public Tensor Take(string name, long[] shape)
    {
        if (!found.Remove(name, out var tensor))
        {
            throw new ModelException($"{WeightsName} lacks {name}.");
        }

        var isFloat = tensor.dtype is ScalarType.Float32 or ScalarType.BFloat16;
        return isFloat && tensor.shape.AsSpan().SequenceEqual(shape)
            ? tensor
            : throw new ModelException(
                $"{name} of {WeightsName} is {tensor}, where [{string.Join(", ", shape)}] is due."
            );
    }

    public void Finish()
    {
        if (found.Keys.Order(StringComparer.Ordinal).FirstOrDefault() is { } name)
        {
            throw new ModelException($"{name} of {WeightsName} belongs to no layer that {ConfigName} names.");
        }
    }

    private static LoraSettings Parse(string json)
    {
        try
        {
            var config = JsonNode.Parse(json, documentOptions: new() { AllowDuplicateProperties = false })!.AsObject();
            RefuseVariants(config);
            return new LoraSettings(
                config["r"]!.GetValue<int>(),
                config["lora_alpha"]!.GetValue<double>(),
                [
                    .. config["target_modules"]!
                        .AsArray()
                        .Select(name => name!.GetValue<string>().Split('.')[^1])
                        .Distinct(),
                ],
                config["lora_dropout"]?.GetValue<double>() ?? 0,
                config["use_rslora"]?.GetValue<bool>() ?? false
            );
        }
        catch (Exception e)
            when (e is JsonException or InvalidOperationException or FormatException or NullReferenceException)
        {
            throw Wrong($"r, lora_alpha and a list of target_modules are needed ({e.Message})", e);
        }
    }

    private static void RefuseVariants(JsonObject config)
    {
        if (config["peft_type"]?.ToString() != "LORA")
        {
            throw Wrong($"peft_type {config["peft_type"]} is not supported");
        }

        foreach (var (name, value) in config)
        {
            var isOff = value switch
            {
                null => true,
                JsonObject members => members.Count == 0,
                JsonArray list => list.Count == 0,
                _ => value.GetValueKind() == JsonValueKind.False || (name == "bias" && value.ToString() == "none"),
            };
            if (!isOff && !Read.Contains(name) && !ChangesNothing.Contains(name))
            {
                throw Wrong($"{name} = {value!.ToJsonString()} is not supported");
            }
        }
    }

    private static ModelException Wrong(string message, Exception? inner = null) =>
        new($"{ConfigName}: {message}.", inner);
}
