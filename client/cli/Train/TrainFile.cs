using System.Text.Json;
using System.Text.Json.Nodes;
using Lace.Privacy;

namespace Lace.Cli.Train;

/// <summary>What <c>lace train</c> is to do, from a JSON or TOML file.</summary>
/// <param name="Steps">Optimizer steps in all.</param>
/// <param name="Save">Name of the state that is saved at the end.</param>
/// <param name="Attestation">Of the dataset, or null.</param>
/// <param name="Run">The run that takes the losses; null for a new one, if <paramref name="Records"/>.</param>
/// <param name="Records">Whether the losses are recorded.</param>
/// <param name="Request">The body of <c>POST /v1/training_clients</c>, but for what is found out later: noise, run, size of the dataset.</param>
internal sealed record TrainFile(
    long Steps,
    string Save,
    string? Attestation,
    string? Run,
    bool Records,
    JsonObject Request
)
{
    private const int MaxBytes = 1 << 20;

    public JsonObject? Privacy => Request["dp_config"] as JsonObject;

    /// <exception cref="CliException">It cannot be read, or is wrong; the message has every mistake.</exception>
    public static TrainFile Read(string path, CommandHost host)
    {
        var content = SmallFiles.Read(path, MaxBytes, host);
        var problems = new List<string>();
        TrainFile? file = null;
        try
        {
            file = content.Length > MaxBytes ? null : Of(Members(path, content), problems);
        }
        catch (Exception cause) when (cause is JsonException or FormatException or ArgumentException)
        {
            problems.Add(cause.Message.Split('\n')[0]);
        }

        return file is not null && problems.Count == 0
            ? file
            : throw new CliException(
                $"{path}: {(problems.Count == 0 ? "is too long" : string.Join("; ", problems))}.",
                ExitCode.Usage
            );
    }

    private static JsonObject Members(string path, byte[] content) =>
        Path.GetExtension(path).Equals(".json", StringComparison.OrdinalIgnoreCase)
            ? JsonNode.Parse(content, documentOptions: new() { AllowDuplicateProperties = false }) as JsonObject
                ?? throw new FormatException("is no JSON object")
            : Toml.Parse(System.Text.Encoding.UTF8.GetString(content));

    private static TrainFile Of(JsonObject members, List<string> problems)
    {
        var top = new ConfigSection(members, "", problems);
        var request = new JsonObject { ["model_ref"] = top.Text("model", isNeeded: true) };
        var steps = top.Whole("steps", 1, PrivacyHistory.MostSteps, isNeeded: true) ?? 1;
        var save = top.Text("save") ?? "final";
        Put(request, "batch_size", top.Whole("batch_size", 1, 65_536));
        Put(request, "gradient_accumulation_steps", top.Whole("gradient_accumulation_steps", 1, 1024));
        Put(request, "max_seq_length", top.Whole("max_seq_length", 2, 131_072));
        Put(request, "seed", top.Whole("seed", 0, (1L << 53) - 1));
        Put(request, "dtype", top.Text("dtype", false, "float32", "bfloat16"));
        var metadata = (JsonObject?)top.Object("metadata")?.DeepClone() ?? [];
        metadata["lace_train"] = new JsonObject { ["steps"] = steps, ["save"] = save };
        request["metadata"] = metadata;
        Put(request, "lora_config", Lora(top.Section("lora")));
        Put(request, "optimizer", Optimizer(top.Section("optimizer")));
        Put(request, "dp_config", Privately(top.Section("dp")));
        var attestation = top.Text("attestation");
        Put(request, "dataset", Dataset(top.Section("dataset"), top));
        Put(request, "attestation_id", attestation);
        var run = top.Text("run");
        var records = top.Flag("record") ?? attestation is not null;
        if (records && attestation is null)
        {
            top.Problem("record", "needs an attestation: losses are recorded for a dataset that was attested");
        }

        top.End();
        return new(steps, save, attestation, run, records, request);
    }

    private static JsonObject? Lora(ConfigSection? section)
    {
        if (section is null)
        {
            return null;
        }

        var lora = new JsonObject();
        Put(lora, "rank", section.Whole("rank", 1, 512));
        Put(lora, "alpha", section.Number("alpha", 0, 65_536, isOpen: true));
        Put(lora, "dropout", section.Number("dropout", 0, 0.99));
        Put(lora, "target_modules", section.List("target_modules", JsonValueKind.String, 1, 32));
        Put(lora, "bias", section.Text("bias", false, "none", "all", "lora_only"));
        section.End();
        return lora;
    }

    private static JsonObject? Optimizer(ConfigSection? section)
    {
        if (section is null)
        {
            return null;
        }

        var optimizer = new JsonObject();
        Put(optimizer, "name", section.Text("name", false, "adamw", "adam", "sgd", "adafactor"));
        Put(optimizer, "learning_rate", section.Number("learning_rate", 0, 100));
        Put(optimizer, "weight_decay", section.Number("weight_decay", 0, 100));
        Put(optimizer, "betas", section.List("betas", JsonValueKind.Number, 2, 2));
        Put(optimizer, "eps", section.Number("eps", 0, 1, isOpen: true));
        section.End();
        return optimizer;
    }

    private static JsonObject? Privately(ConfigSection? section)
    {
        if (section is null)
        {
            return null;
        }

        var dp = new JsonObject();
        Put(dp, "target_epsilon", section.Number("target_epsilon", 0, 1e6, isOpen: true, isNeeded: true));
        var (least, most) = (AccountantExtensions.LeastDelta, AccountantExtensions.MostDelta);
        dp["target_delta"] = section.Number("target_delta", least, most) ?? 1e-5;
        var noises = (Least: SampledGaussian.LeastNoise, Most: SampledGaussian.MostNoise);
        Put(dp, "noise_multiplier", section.Number("noise_multiplier", noises.Least, noises.Most));
        Put(dp, "max_grad_norm", section.Number("max_grad_norm", 0, 1e6, isOpen: true));
        dp["accountant_type"] = section.Text("accountant_type", false, "rdp", "moments", "pld", "prv") ?? "rdp";
        Put(dp, "clipping", section.Text("clipping", false, "automatic", "flat", "per_layer"));
        Put(dp, "dataset_size", section.Whole("dataset_size", 1, 1_000_000_000_000));
        Put(dp, "sample_rate", section.Number("sample_rate", SampledGaussian.LeastRate, 1));
        section.End();
        return dp;
    }

    private static JsonObject? Dataset(ConfigSection? section, ConfigSection top)
    {
        if (section is null)
        {
            top.Problem(
                "dataset",
                "is missing: a section with the path of the dataset in the service's folder of datasets"
            );
            return null;
        }

        var dataset = new JsonObject { ["path"] = section.Text("path", isNeeded: true) };
        Put(dataset, "field", section.Text("field"));
        Put(dataset, "format", section.Text("format"));
        section.End();
        return dataset;
    }

    private static void Put<T>(JsonObject target, string member, T? value)
        where T : struct
    {
        if (value is { } given)
        {
            target[member] = JsonValue.Create(given);
        }
    }

    private static void Put(JsonObject target, string member, string? value)
    {
        if (value is not null)
        {
            target[member] = value;
        }
    }

    private static void Put(JsonObject target, string member, JsonNode? value)
    {
        if (value is not null)
        {
            target[member] = value.DeepClone();
        }
    }
}
