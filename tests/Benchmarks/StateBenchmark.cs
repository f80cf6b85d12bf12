using System.Diagnostics;
using Lace.Torch;
using Lace.Worker.Models;
using Lace.Worker.Training;

namespace Lace.Benchmarks;

/// <summary>Writing and reading training states: the payload alone, and to and from a file. Sealing is measured by <c>cryptography</c>.</summary>
internal static class StateBenchmark
{
    public const string Name = "state";

    private const int Rounds = 5;

    public static int Run(string[] args)
    {
        if (args.Length > 0)
        {
            Console.Error.WriteLine("usage: ./run bench state");
            return 2;
        }

        var path = Path.Combine(Path.GetTempPath(), $"lace-state-{Environment.ProcessId}");
        try
        {
            Console.WriteLine($"{"", -42}{"MB", 8}{"save MB/s", 12}{"to a file", 12}{"load MB/s", 12}{"resume", 12}");
            Measure("all weights, AdamW, float32", null, ScalarType.Float32, path);
            Measure("all weights, AdamW, bfloat16 with masters", null, ScalarType.BFloat16, path);
            Measure(
                "LoRA of rank 64, AdamW",
                new LoraSettings(64, 128, ["c_attn", "c_proj", "c_fc"]),
                ScalarType.Float32,
                path
            );
        }
        finally
        {
            File.Delete(path);
        }

        return 0;
    }

    private static void Measure(string what, LoraSettings? lora, ScalarType type, string path)
    {
        using var model = CausalModel.Initialize(
            ModelConfig.Parse(
                """
                { "architectures": ["GPT2LMHeadModel"], "vocab_size": 16384, "n_embd": 512, "n_head": 8, "n_layer": 6, "n_positions": 512 }
                """
            ),
            type,
            torch.CPU,
            seed: 1
        );
        if (lora is not null)
        {
            model.AddLora(lora, seed: 1);
        }

        using var key = NoiseKey.Generate();
        using var session = TrainingSession.Open(new TrainingPlan { Lora = lora }, model, key);
        session.OptimStep();
        var memory = new MemoryStream();
        session.Save(memory, includeOptimizer: true);
        var megabytes = memory.Length / 1e6;
        Console.WriteLine(
            $"{what, -42}{megabytes, 8:0}"
                + Rate(megabytes, () => Rewound(memory, stream => session.Save(stream, includeOptimizer: true)))
                + Rate(megabytes, () => ToFile(path, session))
                + Rate(megabytes, () => Rewound(memory, stream => session.Load(stream, withOptimizer: true)))
                + Rate(megabytes, () => Rewound(memory, session.Resume))
        );
    }

    private static void Rewound(MemoryStream memory, Action<Stream> action)
    {
        memory.Position = 0;
        action(memory);
    }

    private static void ToFile(string path, TrainingSession session)
    {
        using var file = File.Create(path);
        session.Save(file, includeOptimizer: true);
        file.Flush(flushToDisk: true);
    }

    /// <summary>The best of several, as other work only makes it slower.</summary>
    private static string Rate(double megabytes, Action action)
    {
        var best = double.PositiveInfinity;
        for (var round = 0; round < Rounds; round++)
        {
            var watch = Stopwatch.StartNew();
            action();
            best = Math.Min(best, watch.Elapsed.TotalSeconds);
        }

        return $"{megabytes / best, 12:0}";
    }
}
