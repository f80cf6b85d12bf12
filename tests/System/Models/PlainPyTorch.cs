using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Lace.Tests;

namespace Lace.SystemTests.Models;

/// <summary>The independent implementation of <c>tests/Outside/model_forward.py</c>, in one process that answers line by line.</summary>
public sealed class PlainPyTorch : IAsyncLifetime
{
    /// <summary>Debian's, which python3-torch is for, or one that has transformers too.</summary>
    private static readonly string Python = Environment.GetEnvironmentVariable("LACE_PYTHON") ?? "/usr/bin/python3";

    private static readonly JsonSerializerOptions SnakeCase = new(JsonSerializerDefaults.Web);
    private readonly Process process = new()
    {
        StartInfo = new ProcessStartInfo(
            Python,
            ["-B", Path.Combine(SharedFolder.RepositoryRoot, "tests", "Outside", "model_forward.py")]
        )
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        },
    };

    public ValueTask InitializeAsync()
    {
        process.Start();
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        process.Dispose();
    }

    /// <summary>Writes a random model in Hugging Face's layout.</summary>
    internal void Make(string folder, JsonObject config, int shards = 1, int seed = 5, string kind = "F32") =>
        Ask<JsonObject>(
            new
            {
                Make = folder,
                Config = config,
                Shards = shards,
                Seed = seed,
                Kind = kind,
            }
        );

    /// <summary>Logits of each example; with <paramref name="gradients"/>, those of its loss by the names of the weights.</summary>
    internal Answer Forward(string folder, long[][] ids, bool gradients = false, string? adapter = null) =>
        Ask<Answer>(
            new
            {
                Forward = folder,
                Ids = ids,
                Gradients = gradients,
                Adapter = adapter,
            }
        );

    /// <summary>Logits by Hugging Face's own library; skips the test, with the reason, where it is not installed.</summary>
    internal double[][] Transformers(string folder, long[][] ids, string? adapter = null)
    {
        var answer = Ask<TheirAnswer>(
            new
            {
                Transformers = folder,
                Ids = ids,
                Adapter = adapter,
            }
        );
        Assert.SkipUnless(
            answer.Missing is null,
            $"Not compared with transformers: {answer.Missing}; LACE_PYTHON names a Python that has it."
        );
        return answer.Logits!;
    }

    private T Ask<T>(object question)
    {
        process.StandardInput.WriteLine(JsonSerializer.Serialize(question, SnakeCase));
        process.StandardInput.Flush();
        var line = process.StandardOutput.ReadLine();
        Assert.True(line is not null, "model_forward.py ended; its error is in the output of this process.");
        return JsonSerializer.Deserialize<T>(line, SnakeCase)!;
    }

    private sealed record TheirAnswer(double[][]? Logits, string? Missing);

    internal sealed record Answer(double[][] Logits, Dictionary<string, double[]>[] Gradients);
}
