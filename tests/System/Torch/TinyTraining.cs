using Lace.Torch;
using static Lace.Torch.torch;
using F = Lace.Torch.torch.nn.functional;

namespace Lace.SystemTests.Torch;

/// <summary>A process that trains a small model and prints handles, resident kilobytes and the loss, five times after warming up.</summary>
internal static class TinyTraining
{
    private const int Warm = 5_000; // until the runtime has compiled its last tier
    private const int Window = 2_000;
    private const int Windows = 5;

    public static Task RunAsync(string[] args)
    {
        set_num_threads(1);
        manual_seed(3);
        using var model = NewDisposeScope();
        var (embedding, first, second) = (randn([16, 8]), randn([32, 8]), randn([16, 32]));
        Tensor[] parameters = [embedding, first, second];
        foreach (var parameter in parameters)
        {
            using var guard = no_grad();
            parameter.mul_(0.3);
            parameter.requires_grad = true;
        }

        Watch(() => Step(parameters));
        return Task.CompletedTask;
    }

    /// <summary>Runs many steps, of which each gives its loss, and prints what they leave behind.</summary>
    public static void Watch(Func<float> train)
    {
        for (var step = 1; step <= Warm + Windows * Window; step++)
        {
            var loss = train();
            if (step == 1 || (step >= Warm && (step - Warm) % Window == 0))
            {
                Console.WriteLine($"{live_handles} {ResidentKilobytes()} {loss}");
            }
        }
    }

    private static float Step(Tensor[] parameters)
    {
        using var scope = NewDisposeScope();
        var tokens = randint(0, 16, [8]);
        var hidden = F.gelu(F.linear(F.embedding(tokens, parameters[0]), parameters[1]));
        var loss = F.cross_entropy(F.linear(hidden, parameters[2]), tokens);
        loss.backward();
        using var guard = no_grad();
        foreach (var parameter in parameters)
        {
            parameter.add_(parameter.grad!, -0.1);
            parameter.grad = null;
        }

        try
        {
            hidden.matmul(hidden); // a refusal must leave nothing behind either
        }
        catch (TorchException)
        {
            return loss.ToSingle();
        }

        throw new InvalidOperationException("The shapes do not fit, and yet libtorch multiplied them.");
    }

    private static long ResidentKilobytes()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        var line = File.ReadLines("/proc/self/status")
            .Single(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
        return long.Parse(line.AsSpan(6, line.Length - 9));
    }
}
