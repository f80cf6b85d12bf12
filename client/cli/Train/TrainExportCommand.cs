using System.CommandLine;
using System.Text.Json.Nodes;

namespace Lace.Cli.Train;

/// <summary><c>lace train export</c>: fetches what an artifact holds, for its owner.</summary>
internal static class TrainExportCommand
{
    private static readonly Argument<string> Id = new("artifact") { Description = "art-…" };

    private static readonly Option<string?> Out = new("--out", "-o")
    {
        Description = "File for all of it [art-….safetensors in this folder, unless --model is given]",
        HelpName = "file",
    };

    private static readonly Option<string?> Model = new("--model")
    {
        Description = "Folder for the weights alone: an adapter as PEFT loads it, or a model's weights",
        HelpName = "folder",
    };

    private static readonly Option<string?> Certificate = new("--certificate")
    {
        Description = "Also write the certificate into this file",
        HelpName = "file",
    };

    public static Command Create()
    {
        var command = new CommandWithExamples(
            "export",
            "Fetch an artifact's content, decrypted, as safetensors",
            """
            An artifact has the weights (names that begin with model.) and the optimizer's state. --model writes the weights alone under
            their own names: with adapter_config.json for PEFT where only an adapter was trained, else as model.safetensors, to
            which the base model's other files belong. Files are made for their owner only, and appear when all of it is there.
            """,
            """
            lace train export art-20261120-134501-x7k2p9 --out state.safetensors --certificate certificate.json
            lace train export art-20261120-134501-x7k2p9 --model my-adapter
            """
        )
        {
            Id,
            Out,
            Model,
            Certificate,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var host = CommandHost.FromProcess(parsed);
        using var api = new LaceApi(parsed.Config(host).RequireKey(), host, parsed.GetValue(CommonOptions.Quiet));
        var artifact = parsed.GetRequiredValue(Id);
        if (
            parsed.GetValue(Certificate) is { } certificate
            && !await SavedState.WriteCertificateAsync(
                api,
                artifact,
                Path.GetFullPath(certificate, host.WorkingDirectory),
                cancellationToken
            )
        )
        {
            throw new CliException(
                "There is no such artifact, or it has no certificate: only private training has one.",
                ExitCode.NotFound
            );
        }

        var folder = parsed.GetValue(Model) is { } named ? Path.GetFullPath(named, host.WorkingDirectory) : null;
        var file = parsed.GetValue(Out) ?? (folder is null ? Uri.EscapeDataString(artifact) + ".safetensors" : null);
        var path = file is null ? null : Path.GetFullPath(file, host.WorkingDirectory);
        var part = (path ?? folder) + ".part";
        try
        {
            await DownloadAsync(api, artifact, part, cancellationToken);
            if (folder is not null)
            {
                await WriteModelAsync(api, artifact, part, folder, cancellationToken);
                await host.Output.WriteLineAsync(folder);
            }

            if (path is not null)
            {
                File.Move(part, path, overwrite: true);
                await host.Output.WriteLineAsync(path);
            }
        }
        finally
        {
            File.Delete(part);
        }

        return ExitCode.Ok;
    }

    private static async Task DownloadAsync(
        LaceApi api,
        string artifact,
        string path,
        CancellationToken cancellationToken
    )
    {
        await using var file = PrivateFiles.Open(path, FileMode.Create, FileShare.None);
        await api.DownloadAsync($"v1/artifacts/{Uri.EscapeDataString(artifact)}/content", file, cancellationToken);
    }

    private static async Task WriteModelAsync(
        LaceApi api,
        string artifact,
        string downloaded,
        string folder,
        CancellationToken cancellationToken
    )
    {
        var path = $"v1/artifacts/{Uri.EscapeDataString(artifact)}";
        var known = await api.GetAsync(path, CliJson.Default.JsonObject, cancellationToken);
        var id = known["training_client_id"]!.GetValue<string>();
        var session = await TrainingSession.OpenAsync(api, id, cancellationToken);
        var lora = session.Client.Config["lora_config"] as JsonObject;
        Directory.CreateDirectory(folder);
        try
        {
            WeightsFile.Extract(
                downloaded,
                Path.Combine(folder, lora is null ? "model.safetensors" : "adapter_model.safetensors")
            );
        }
        catch (InvalidDataException cause)
        {
            throw new CliException(
                $"The artifact cannot be taken apart: {cause.Message}.",
                ExitCode.Unavailable,
                cause
            );
        }

        if (lora is not null)
        {
            await File.WriteAllTextAsync(
                Path.Combine(folder, "adapter_config.json"),
                AdapterConfig(lora, session.Client.ModelRef).ToJsonString(CliJson.Indented.Options) + "\n",
                cancellationToken
            );
        }
    }

    /// <summary>What PEFT has to know of an adapter.</summary>
    private static JsonObject AdapterConfig(JsonObject lora, string model)
    {
        var modules = lora["target_modules"] as JsonArray ?? ["q_proj", "k_proj", "v_proj", "o_proj"];
        return new()
        {
            ["peft_type"] = "LORA",
            ["task_type"] = "CAUSAL_LM",
            ["base_model_name_or_path"] = model,
            ["r"] = lora["rank"]?.DeepClone(),
            ["lora_alpha"] = lora["alpha"]?.DeepClone(),
            ["lora_dropout"] = lora["dropout"]?.DeepClone(),
            ["target_modules"] = modules.DeepClone(),
            ["bias"] = "none",
            // GPT-2's layers keep their weights the other way round.
            ["fan_in_fan_out"] = modules.Any(name =>
                name?.ToString().StartsWith("c_", StringComparison.Ordinal) == true
            ),
            ["inference_mode"] = true,
        };
    }
}
