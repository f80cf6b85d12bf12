using Lace.Torch;
using Lace.Torch.optim;
using static Lace.Torch.torch;
using F = Lace.Torch.torch.nn.functional;

namespace Lace.SystemTests.Torch.Private;

/// <summary>A process that trains a small model privately and prints handles, resident kilobytes and the loss, five times after warming up.</summary>
internal static class TinyPrivateTraining
{
    private static readonly byte[] Key = new byte[SecureNoise.KeySize];

    public static Task RunAsync(string[] args)
    {
        set_num_threads(1);
        manual_seed(3);
        using var scope = NewDisposeScope();
        var frozen = randn([8, 8]);
        Tensor[] weights = [randn([16, 8]), randn([2, 8]) * 0.3, randn([8, 2]) * 0.3, ones([8])];
        using var book = new GradientBook(weights);
        using var optimizer = new AdamW(weights);
        ulong step = 0;
        TinyTraining.Watch(() => Step(book, optimizer, weights, frozen, step++));
        return Task.CompletedTask;
    }

    private static float Step(GradientBook book, AdamW optimizer, Tensor[] weights, Tensor frozen, ulong step)
    {
        using var scope = NewDisposeScope();
        var tokens = randint(0, 16, [4, 3]);
        book.begin(4);
        var hidden = book.lora(book.embedding(weights[0], tokens), frozen, null, weights[1], weights[2], 1);
        var logits = book.linear(book.rms_norm(F.gelu(hidden), weights[3]), weights[0]);
        var loss = F.cross_entropy(logits.transpose(1, 2), tokens, reduction: Reduction.Sum);
        try
        {
            book.linear(hidden, weights[0]); // a refusal must leave nothing behind either
            throw new InvalidOperationException("A third use of the table was not refused.");
        }
        catch (TorchException)
        {
            loss.backward();
        }

        book.finish(new Clipping.Automatic(1));
        for (var slot = 0; slot < weights.Length; slot++)
        {
            SecureNoise.add_(book.sums[slot], 0.05, Key, step, (uint)slot).div_(4);
        }

        optimizer.step(book.sums, new() { LearningRate = 0.003 });
        book.zero_sums();
        return loss.ToSingle() / 12;
    }
}
