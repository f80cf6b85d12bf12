using System.CommandLine;
using System.Text.Json.Nodes;

namespace Lace.Cli.Train;

/// <summary><c>lace train</c>: fine-tunes a model through the service, as a file says.</summary>
internal static class TrainCommand
{
    private static readonly Argument<string?> Config = new("config")
    {
        Description = "What to train: a TOML file, or a JSON file with the suffix .json",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private static readonly Option<string?> Resume = new("--resume")
    {
        Description = "Go on with a training client that was left; its file is not needed again",
        HelpName = "tc-…",
    };

    private static readonly Option<string?> Out = new("--out", "-o")
    {
        Description = "File for the certificate [SAVE.dp-certificate.json in this folder]",
        HelpName = "file",
    };

    private const string Details = """
        The dataset lies in the service's folder of datasets and the model in its folder of models; the worker draws each batch itself.
        Ctrl-C leaves the training client as it is: what was sent is finished, and --resume goes on. With --json it prints one line for
        each answer: event, step, loss, epsilon, and at the end artifact_id and certificate.
        Exit code: 0 all steps are made and the state is saved; 2 the file or a figure is wrong; 3 a step failed; 15 the privacy budget
        was spent before the last step, the state is saved; 130 interrupted.
        """;

    private const string Examples = """
        lace train train.toml
        lace train train.toml --json --out certificate.json
        lace train --resume tc-20261120-134501-x7k2p9
        lace train sample tc-20261120-134501-x7k2p9 --prompt "In the beginning"
        lace verify --offline certificate.json --policy policy.json

        A file train.toml, private because it has a [dp] section; without noise_multiplier the noise is found that the steps need:
          model = "org/name"                  # folder below the service's models
          steps = 500
          batch_size = 16                     # on average: batches are drawn record by record
          save = "my-model"                   # name of the saved state
          attestation = "lace-20261120-…"     # of `lace attest`; the losses are then recorded as a run of it
          [dataset]
          path = "train.jsonl"                # below the service's datasets
          field = "text"
          [lora]                              # leave it out to train all weights
          rank = 16
          [optimizer]
          learning_rate = 1e-3
          [dp]
          target_epsilon = 8.0
          target_delta = 1e-5
          max_grad_norm = 1.0
        """;

    public static Command Create()
    {
        var command = new CommandWithExamples(
            "train",
            "Fine-tune a model through the service, with differential privacy if its file says so",
            Details,
            Examples
        )
        {
            Config,
            Resume,
            Out,
            TrainStatusCommand.Create(),
            TrainSampleCommand.Create(),
            TrainSaveCommand.Create(),
            TrainExportCommand.Create(),
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(Config) is null == result.GetValue(Resume) is null)
            {
                result.AddError("Give a configuration file, or --resume and a training client.");
            }
        });
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var host = CommandHost.FromProcess(parsed);
        var quiet = parsed.GetValue(CommonOptions.Quiet);
        var output = new TrainOutput(host, parsed.GetValue(CommonOptions.Json), quiet);
        var file = parsed.GetValue(Config) is { } path ? TrainFile.Read(path, host) : null;
        using var api = new LaceApi(parsed.Config(host).RequireKey(), host, quiet);
        TrainingSession session;
        long steps;
        string save;
        if (file is not null)
        {
            (session, steps, save) = (await BeginAsync(file, api, output, cancellationToken), file.Steps, file.Save);
        }
        else
        {
            session = await TrainingSession.OpenAsync(api, parsed.GetValue(Resume)!, cancellationToken);
            (steps, save) = PlanOf(session.Client);
            await SettleAsync(session, host, output, cancellationToken);
        }

        return await new TrainRun(host, output, api, session).RunAsync(
            steps,
            save,
            parsed.GetValue(Out),
            cancellationToken
        );
    }

    private static async Task<TrainingSession> BeginAsync(
        TrainFile file,
        LaceApi api,
        TrainOutput output,
        CancellationToken cancellationToken
    )
    {
        long? records = file.Attestation is { } attestation
            ? (
                await api.GetAsync(
                    "v1/attestations/" + Uri.EscapeDataString(attestation),
                    CliJson.Default.AttestedDataset,
                    cancellationToken
                )
            ).Records
            : null;
        if (PrivacyPlan.Complete(file, records) is { } found)
        {
            output.Note(found);
        }

        if (file.Records)
        {
            file.Request["run"] = file.Run ?? await BeginRunAsync(file.Attestation!, api, cancellationToken);
            // The worker ends the run with the last step.
            file.Request["max_steps"] = file.Steps;
        }

        var session = await TrainingSession.CreateAsync(api, file.Request, cancellationToken);
        output.Event(new("created", session.Id, session.Client.Step, file.Steps));
        output.Note($"{session.Id} trains {session.Client.ModelRef}");
        return session;
    }

    private static async Task<string> BeginRunAsync(
        string attestation,
        LaceApi api,
        CancellationToken cancellationToken
    )
    {
        var request = new JsonObject { ["attestation_id"] = attestation, ["order"] = "epoch" };
        request["client"] = new JsonObject { ["lace"] = "0.1.0" };
        var run = await api.PostAsync(
            "v1/runs",
            request,
            CliJson.Default.JsonObject,
            CliJson.Default.CreatedRun,
            null,
            cancellationToken
        );
        return run.RunId;
    }

    /// <summary>What <c>lace train</c> wrote into the metadata when it began.</summary>
    private static (long Steps, string Save) PlanOf(TrainingClientAnswer client) =>
        client.Config["metadata"]?["lace_train"] is JsonObject plan
        && plan.Number("steps") is { } steps
        && plan["save"] is { } save
            ? ((long)steps, save.GetValue<string>())
            : throw new CliException(
                $"{client.TrainingClientId} was not begun by `lace train`, so how many steps it is to make is not known.",
                ExitCode.Usage
            );

    /// <summary>Waits for what an earlier program sent: those steps count.</summary>
    private static async Task SettleAsync(
        TrainingSession session,
        CommandHost host,
        TrainOutput output,
        CancellationToken cancellationToken
    )
    {
        if (session.Client.Pending > 0)
        {
            output.Note($"Waiting for {session.Client.Pending} operations that were sent before...");
        }

        while (session.Client.Pending > 0)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(500), host.Time, cancellationToken);
            await session.RefreshAsync(cancellationToken);
        }
    }
}
