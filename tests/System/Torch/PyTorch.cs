using System.Diagnostics;
using System.Text.Json;
using Lace.Tests;

namespace Lace.SystemTests.Torch;

/// <summary>What PyTorch makes of every <see cref="Operation"/>: asked once, in one process.</summary>
public sealed class PyTorch : IAsyncLifetime
{
    private const string Python = "/usr/bin/python3"; // Debian's, which python3-torch is for
    private static readonly JsonSerializerOptions SnakeCase = new(JsonSerializerDefaults.Web);

    private Dictionary<string, Answer> answers = [];

    internal Answer this[Operation operation] => answers[operation.Expression];

    public async ValueTask InitializeAsync()
    {
        var questions = Operation.All.Select(operation => new
        {
            operation.Expression,
            Operation.Seed,
            Inputs = operation.Inputs.Select(input => new
            {
                Dtype = input.Dtype.ToString(),
                input.Shape,
                input.Values,
            }),
        });
        var script = Path.Combine(SharedFolder.RepositoryRoot, "tests", "Outside", "torch_operations.py");
        var start = new ProcessStartInfo(Python, ["-B", script])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await JsonSerializer.SerializeAsync(process.StandardInput.BaseStream, questions, SnakeCase);
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, await error);
        var given = JsonSerializer.Deserialize<Answer[]>(await output, SnakeCase)!;
        answers = Operation.All.Zip(given).ToDictionary(pair => pair.First.Expression, pair => pair.Second);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>Values in the order of rows; gradients of the inputs, null where there are none.</summary>
    internal sealed record Answer(long[] Shape, string Dtype, double[] Values, double[]?[] Gradients);
}
