using System.Diagnostics;
using System.Text.Json;
using Lace.Tests;
using Lace.Torch;
using Lace.Torch.optim;
using static Lace.Torch.torch;

namespace Lace.SystemTests.Torch.Private;

/// <summary>Adam, AdamW and SGD beside PyTorch's own; Adafactor beside a reimplementation in double.</summary>
[Collection(nameof(Torch))]
public sealed class OptimizerTests
{
    private const int Steps = 12;

    private static readonly long[][] Shapes =
    [
        [3, 4],
        [5],
        [2, 3, 4],
    ];

    private static readonly JsonSerializerOptions Web = new(JsonSerializerDefaults.Web);

    [Theory]
    [InlineData("adamw", 0.0, 0.0)]
    [InlineData("adamw", 0.1, 0.0)]
    [InlineData("adam", 0.1, 0.0)]
    [InlineData("adam", 0.0, 0.5)]
    [InlineData("sgd", 0.0, 0.0)]
    [InlineData("sgd", 0.1, 0.5)]
    public async Task Steps_as_PyTorch_does(string kind, double decay, double clip)
    {
        var (given, bySteps) = DrawElements();
        var steps = Enumerable
            .Range(0, Steps)
            .Select(step => new OptimizerParameters
            {
                LearningRate = 0.01 / (step + 1),
                Beta1 = 0.9 - 0.01 * step,
                Beta2 = 0.99,
                WeightDecay = decay,
                Momentum = 0.8,
                Epsilon = 1e-6,
                GradClipNorm = clip,
            })
            .ToArray();
        var expected = await AskAsync(
            new
            {
                kind,
                Shapes,
                Weights = given,
                WeightDecay = decay,
                Momentum = 0.8,
                Epsilon = 1e-6,
                GradClipNorm = clip,
                Steps = steps.Select(
                    (with, step) =>
                        new
                        {
                            with.LearningRate,
                            with.Beta1,
                            with.Beta2,
                            Gradients = bySteps[step],
                        }
                ),
            }
        );
        using var scope = NewDisposeScope(); // not before: it belongs to a thread
        var (weights, gradients) = Draw();
        using var optimizer = Make(kind, weights);
        for (var step = 0; step < Steps; step++)
        {
            optimizer.step(gradients[step], steps[step]);
            for (var slot = 0; slot < weights.Length; slot++)
            {
                var ours = weights[slot].ToArray<float>();
                Assert.All(ours.Zip(expected[step][slot]), pair => Assert.Equal(pair.Second, pair.First, 2e-6f));
            }
        }
    }

    [Fact]
    public void Adafactor_steps_as_its_paper_says()
    {
        using var scope = NewDisposeScope();
        var (weights, gradients) = Draw();
        var naive = weights
            .Select((weight, slot) => new NaiveAdafactor(Shapes[slot], weight.ToArray<float>()))
            .ToArray();
        using var optimizer = new Adafactor(weights);
        for (var step = 0; step < Steps; step++)
        {
            optimizer.step(gradients[step], new() { LearningRate = 0.02, WeightDecay = 0.1 });
            for (var slot = 0; slot < weights.Length; slot++)
            {
                naive[slot].Step(gradients[step][slot].ToArray<float>(), step + 1, 0.02, 0.1);
                var ours = weights[slot].ToArray<float>();
                Assert.All(ours.Zip(naive[slot].Weights), pair => Assert.Equal(pair.Second, pair.First, 5e-6));
            }
        }
    }

    [Theory]
    [InlineData("adamw")]
    [InlineData("adam")]
    [InlineData("sgd")]
    [InlineData("adafactor")]
    public void Goes_on_from_its_state_bit_for_bit(string kind)
    {
        using var scope = NewDisposeScope();
        var (weights, gradients) = Draw();
        var with = new OptimizerParameters { LearningRate = 0.01, Momentum = 0.9 };
        using var first = Make(kind, weights);
        Run(first, 0, Steps / 2);
        var copies = weights.Select(weight => weight.clone()).ToArray();
        using var second = Make(kind, copies);
        foreach (var (name, tensor) in first.state)
        {
            second.state.Single(pair => pair.Key == name).Value.copy_(tensor);
        }

        Run(first, Steps / 2, Steps);
        Run(second, Steps / 2, Steps);
        Assert.Equal(weights.SelectMany(Elements), copies.SelectMany(Elements));
        Assert.Equal(first.state.SelectMany(Floats), second.state.SelectMany(Floats));

        first.reset();
        Assert.All(first.state.SelectMany(Floats), value => Assert.Equal(0, value));

        void Run(Optimizer optimizer, int from, int to)
        {
            for (var step = from; step < to; step++)
            {
                optimizer.step(gradients[step], with);
            }
        }
    }

    [Theory]
    [InlineData("adamw")]
    [InlineData("sgd")]
    [InlineData("adafactor")]
    public void Small_steps_add_up_in_the_masters_of_bfloat16(string kind)
    {
        using var scope = NewDisposeScope();
        var wide = ones([4, 4]);
        var narrow = wide.to(ScalarType.BFloat16);
        using var of_wide = Make(kind, [wide]);
        using var of_narrow = Make(kind, [narrow]);
        for (var step = 0; step < 100; step++)
        {
            var gradient = ones([4, 4]);
            of_wide.step([gradient], new() { LearningRate = 1e-4 });
            of_narrow.step([gradient], new() { LearningRate = 1e-4 }); // a 40th of what bfloat16 resolves at 1
        }

        Assert.Equal(wide.to(ScalarType.BFloat16).ToArray<ushort>(), narrow.ToArray<ushort>());
        Assert.NotEqual(1f, narrow.to(ScalarType.Float32).ToArray<float>()[0]);
        var master = of_narrow.state.Single(pair => pair.Key == "master.0").Value;
        Assert.Equal(wide.ToArray<float>(), master.ToArray<float>());

        narrow.fill_(3);
        of_narrow.reset();
        Assert.Equal(3f, master.ToArray<float>()[5]);
    }

    [Fact]
    public void Refuses_other_gradients()
    {
        using var scope = NewDisposeScope();
        using var optimizer = new AdamW([ones([2, 3])]);
        Assert.Throws<ArgumentException>(() => optimizer.step([], new()));
        Assert.Throws<TorchException>(() => optimizer.step([ones([3, 2])], new()));
    }

    private static float[] Elements(Tensor tensor) => tensor.ToArray<float>();

    private static float[] Floats(KeyValuePair<string, Tensor> pair) =>
        pair.Value.to(ScalarType.Float32).ToArray<float>();

    private static Optimizer Make(string kind, IReadOnlyList<Tensor> weights) =>
        kind switch
        {
            "adamw" => new AdamW(weights),
            "adam" => new Adam(weights),
            "sgd" => new SGD(weights),
            _ => new Adafactor(weights),
        };

    private static (Tensor[] Weights, Tensor[][] Gradients) Draw()
    {
        manual_seed(11);
        var weights = Shapes.Select(shape => randn(shape)).ToArray();
        return (weights, [.. Enumerable.Range(0, Steps).Select(_ => Shapes.Select(shape => randn(shape)).ToArray())]);
    }

    private static (float[][] Weights, float[][][] Gradients) DrawElements()
    {
        using var scope = NewDisposeScope();
        var (weights, gradients) = Draw();
        return (
            Array.ConvertAll(weights, Elements),
            Array.ConvertAll(gradients, step => Array.ConvertAll(step, Elements))
        );
    }

    private static async Task<float[][][]> AskAsync(object question)
    {
        var script = Path.Combine(SharedFolder.RepositoryRoot, "tests", "Outside", "torch_optimizers.py");
        var start = new ProcessStartInfo("/usr/bin/python3", ["-B", script])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(start)!;
        await JsonSerializer.SerializeAsync(process.StandardInput.BaseStream, question, Web);
        process.StandardInput.Close();
        var answer = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return JsonSerializer.Deserialize<float[][][]>(answer)!;
    }
}
