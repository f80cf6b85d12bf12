using System.CommandLine;
using System.Text.Json.Nodes;

namespace Lace.Cli.Train;

/// <summary><c>lace train sample</c>: text from the model as it is trained so far.</summary>
internal static class TrainSampleCommand
{
    private static readonly Argument<string> Id = new("training-client") { Description = "tc-…" };

    private static readonly Option<string[]> Prompt = new("--prompt", "-p")
    {
        Description = "What the text begins with; may be given several times",
        HelpName = "text",
        Required = true,
    };

    private static readonly Option<int> MaxTokens = new("--max-tokens")
    {
        Description = "New tokens at most",
        HelpName = "n",
        DefaultValueFactory = _ => 128,
    };

    private static readonly Option<double> Temperature = new("--temperature")
    {
        Description = "0 always takes the likeliest token; up to 2",
        HelpName = "t",
        DefaultValueFactory = _ => 0.7,
    };

    private static readonly Option<double?> TopP = new("--top-p")
    {
        Description = "Likeliest tokens of this sum [0.9]",
    };

    private static readonly Option<int?> TopK = new("--top-k") { Description = "So many likeliest tokens; 0 all [50]" };

    private static readonly Option<int?> Samples = new("--num-samples", "-n") { Description = "Of each prompt [1]" };

    private static readonly Option<long?> Seed = new("--seed") { Description = "The same text again" };

    private static readonly Option<string[]> Stop = new("--stop") { Description = "Ends the text; may be repeated" };

    public static Command Create()
    {
        var command = new CommandWithExamples(
            "sample",
            "Text from the model as it is trained so far",
            "Prints the prompt with its continuation. With --json, the service's whole answer.",
            """
            lace train sample tc-20261120-134501-x7k2p9 --prompt "In the beginning"
            lace train sample tc-20261120-134501-x7k2p9 -p "Question: " --temperature 0 --stop "\n"
            """
        )
        {
            Id,
            Prompt,
            MaxTokens,
            Temperature,
            TopP,
            TopK,
            Samples,
            Seed,
            Stop,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var host = CommandHost.FromProcess(parsed);
        using var api = new LaceApi(parsed.Config(host).RequireKey(), host, parsed.GetValue(CommonOptions.Quiet));
        var session = await TrainingSession.OpenAsync(api, parsed.GetRequiredValue(Id), cancellationToken);
        var sent = await session.SendAsync("sample", Body(parsed), cancellationToken);
        var result = await session.ResultAsync(sent, cancellationToken);
        if (parsed.GetValue(CommonOptions.Json))
        {
            await host.Output.WriteLineAsync(result.ToJsonString());
            return ExitCode.Ok;
        }

        foreach (var sample in result["samples"] as JsonArray ?? [])
        {
            await host.Output.WriteLineAsync($"{Printable(sample?["prompt"])}{Printable(sample?["completion"])}");
        }

        return ExitCode.Ok;
    }

    private static JsonObject Body(ParseResult parsed)
    {
        var body = new JsonObject
        {
            ["prompts"] = new JsonArray([.. parsed.GetRequiredValue(Prompt).Select(text => JsonValue.Create(text))]),
            ["max_tokens"] = parsed.GetValue(MaxTokens),
            ["temperature"] = parsed.GetValue(Temperature),
        };
        Put("top_p", parsed.GetValue(TopP));
        Put("top_k", parsed.GetValue(TopK));
        Put("num_samples", parsed.GetValue(Samples));
        Put("seed", parsed.GetValue(Seed));
        if (parsed.GetValue(Stop) is { Length: > 0 } stops)
        {
            body["stop_sequences"] = new JsonArray([.. stops.Select(text => JsonValue.Create(text))]);
        }

        return body;

        void Put<T>(string member, T? value)
            where T : struct
        {
            if (value is { } given)
            {
                body[member] = JsonValue.Create(given);
            }
        }
    }

    /// <summary>A model can put out any character: none of them may steer the terminal.</summary>
    private static string Printable(JsonNode? text) =>
        string.Concat(
            (text?.GetValue<string>() ?? "").Select(c => char.IsControl(c) && c is not '\n' and not '\t' ? '\uFFFD' : c)
        );
}
