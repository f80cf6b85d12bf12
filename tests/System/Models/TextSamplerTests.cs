using Lace.Torch;
using Lace.Worker.Models;
using static Lace.SystemTests.Models.Numbers;
using static Lace.Torch.torch;
using F = Lace.Torch.torch.nn.functional;

namespace Lace.SystemTests.Models;

[Collection(nameof(Torch))]
public sealed class TextSamplerTests : IDisposable
{
    private static readonly Tokenizer Bytes = Tokenizer.OfBytes();
    private static readonly int[] Prompt = Bytes.Encode("Once upon");
    private readonly CausalModel model;
    private readonly TextSampler sampler;

    public TextSamplerTests()
    {
        var source = Small.Source("llama");
        source["vocab_size"] = 264; // more rows than tokens
        model = CausalModel.Initialize(ModelConfig.Parse(source.ToJsonString()), ScalarType.Float32, CPU, 2);
        sampler = new TextSampler(model, Bytes);
    }

    public void Dispose() => model.Dispose();

    [Fact]
    public void Greedy_is_the_likeliest_token_of_the_whole_text_each_time()
    {
        using var scope = NewDisposeScope();
        var given = sampler.Sample(Prompt, new() { MaxTokens = 12, Temperature = 0 }).Continuations.Single();
        List<int> text = [.. Prompt];
        for (var i = 0; i < given.Tokens.Count; i++)
        {
            var logits = model
                .Forward(
                    Matrix([
                        [.. text.Select(id => (long)id)],
                    ]),
                    null,
                    null
                )
                .select(0, 0)
                .select(0, text.Count - 1);
            Assert.Equal(logits.narrow(0, 0, 259).argmax(0).ToInt64(), given.Tokens[i]);
            var logprob = F.log_softmax(logits, 0).select(0, given.Tokens[i]).ToSingle();
            Assert.Equal(logprob, given.Logprobs[i], 1e-4f);
            text.Add(given.Tokens[i]);
        }
    }

    [Fact]
    public void One_seed_gives_one_text_and_each_sample_its_own()
    {
        var settings = new SamplingSettings
        {
            MaxTokens = 20,
            Samples = 3,
            Seed = 11,
        };
        var first = Tokens(settings);
        Assert.Equal(first, Tokens(settings));
        Assert.NotEqual(first, Tokens(settings with { Seed = 12 }));
        Assert.Equal(3, first.Distinct().Count());
        Assert.Equal(first[0], Tokens(settings with { Samples = 1 })[0]);
    }

    [Fact]
    public void Tokens_come_as_often_as_they_are_likely()
    {
        float[] logits = [0, 1, 2, float.NegativeInfinity];
        double[] Shares(SamplingSettings settings)
        {
            var choice = new TokenChoice(settings, 0);
            var counts = new double[4];
            for (var i = 0; i < 40_000; i++)
            {
                counts[choice.Choose(logits)] += 1.0 / 40_000;
            }

            return counts;
        }

        void AssertShares(SamplingSettings settings, params double[] weights)
        {
            var shares = Shares(settings);
            for (var i = 0; i < 4; i++)
            {
                Assert.Equal(weights[i] / weights.Sum(), shares[i], 0.012);
            }
        }

        AssertShares(new(), 1, Math.E, Math.E * Math.E, 0);
        AssertShares(new() { Temperature = 2 }, 1, Math.Exp(0.5), Math.E, 0);
        AssertShares(new() { TopK = 2 }, 0, Math.E, Math.E * Math.E, 0);
        AssertShares(new() { TopP = 0.6 }, 0, 0, 1, 0);
        AssertShares(new() { TopP = 0.7 }, 0, Math.E, Math.E * Math.E, 0);
        AssertShares(new() { TopK = 3, TopP = 0.95 }, 1, Math.E, Math.E * Math.E, 0);
        AssertShares(new() { Temperature = 0 }, 0, 0, 1, 0);
    }

    [Fact]
    public void Ends_before_a_stop_sequence_and_says_so()
    {
        var settings = new SamplingSettings { MaxTokens = 40, Temperature = 0 };
        var whole = sampler.Sample(Prompt, settings).Continuations.Single();
        Assert.Equal(FinishReason.Length, whole.FinishReason);
        Assert.Equal(40, whole.Tokens.Count);

        // Two bytes in the middle of the text, which two tokens make.
        var bytes = whole.Tokens.Select(id => (byte)id).ToArray();
        var stop = Bytes.Decode([.. whole.Tokens.Take(6)]);
        var at = Enumerable.Range(0, 30).First(i => bytes[i] < 128 && bytes[i + 1] < 128);
        stop = Bytes.Decode([bytes[at], bytes[at + 1]]);
        var cut = sampler.Sample(Prompt, settings with { Stop = ["never here", stop] }).Continuations.Single();
        Assert.Equal(FinishReason.Stop, cut.FinishReason);
        Assert.Equal(at + 2, cut.Tokens.Count);
        Assert.Equal(Bytes.Decode([.. whole.Tokens.Take(at)]), cut.Text);
        Assert.Equal(whole.Tokens.Take(at + 2), cut.Tokens);
    }

    [Fact]
    public void Ends_at_the_token_of_an_end()
    {
        using var scope = NewDisposeScope();
        Raise(token: 256, by: 1e4f);
        var given = sampler.Sample(Prompt, new() { MaxTokens = 5, Seed = 1 }).Continuations.Single();
        Assert.Equal([256], given.Tokens);
        Assert.Equal(("", FinishReason.Stop), (given.Text, given.FinishReason));
    }

    [Fact]
    public void Draws_no_token_that_the_tokenizer_lacks()
    {
        using var scope = NewDisposeScope();
        Raise(token: 261, by: 1e4f);
        var given = sampler.Sample(Prompt, new() { MaxTokens = 10, Samples = 4 });
        Assert.All(given.Continuations, one => Assert.All(one.Tokens, id => Assert.InRange(id, 0, 258)));
    }

    [Fact]
    public void A_prompts_tokens_have_the_likelihood_of_the_whole_pass()
    {
        using var scope = NewDisposeScope();
        var prompt = Bytes.Encode("A prompt that is read in parts.");
        var given = sampler.Sample(prompt, new() { MaxTokens = 1, PromptLogprobs = true }).PromptLogprobs!;
        var ids = Matrix([
            [.. prompt.Select(id => (long)id)],
        ]);
        var logprobs = F.log_softmax(model.Forward(ids, null, null).select(0, 0), -1);
        Assert.Null(given[0]);
        for (var i = 1; i < prompt.Length; i++)
        {
            Assert.Equal(logprobs.select(0, i - 1).select(0, prompt[i]).ToSingle(), given[i]!.Value, 1e-4f);
        }

        Assert.Null(sampler.Sample(prompt, new() { MaxTokens = 1 }).PromptLogprobs);
    }

    [Fact]
    public void Ends_where_the_positions_do()
    {
        var prompt = Enumerable.Repeat(65, 60).ToArray();
        var given = sampler.Sample(prompt, new() { MaxTokens = 50, Temperature = 0 }).Continuations.Single();
        Assert.Equal((4, FinishReason.Length), (given.Tokens.Count, given.FinishReason));
    }

    [Fact]
    public void Refuses_what_cannot_be()
    {
        Assert.Throws<ArgumentException>(() => sampler.Sample([], new()));
        Assert.Throws<ArgumentException>(() => sampler.Sample([264], new()));
        Assert.Throws<ArgumentException>(() => sampler.Sample([-1], new()));
        Assert.Throws<ArgumentException>(() => sampler.Sample(new int[64], new()));
        Assert.Throws<ArgumentException>(() => sampler.Sample(Prompt, new() { MaxTokens = 0 }));
        Assert.Throws<ArgumentException>(() => sampler.Sample(Prompt, new() { Temperature = double.NaN }));
        Assert.Throws<ArgumentException>(() => sampler.Sample(Prompt, new() { TopP = 0 }));
        Assert.Throws<ArgumentException>(() => sampler.Sample(Prompt, new() { TopK = -1 }));
        Assert.Throws<ArgumentException>(() => sampler.Sample(Prompt, new() { Samples = 129 }));
        Assert.Throws<ArgumentException>(() => sampler.Sample(Prompt, new() { Stop = [""] }));
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.Throws<OperationCanceledException>(() => sampler.Sample(Prompt, new(), cancelled.Token));
        model.Trainable[0].Tensor.fill_(double.NaN);
        Assert.Throws<ModelException>(() => sampler.Sample(Prompt, new()));
    }

    [Fact]
    public void Leaves_no_tensor_behind()
    {
        sampler.Sample(Prompt, new() { MaxTokens = 2 });
        var before = live_handles;
        sampler.Sample(
            Prompt,
            new()
            {
                MaxTokens = 5,
                Samples = 2,
                PromptLogprobs = true,
            }
        );
        Assert.Equal(before, live_handles);
    }

    /// <summary>Makes one row of the head point where every text ends up: at a constant that all hidden states are given.</summary>
    private void Raise(int token, float by)
    {
        var norm = model.Trainable.Single(parameter => parameter.Name == "model.norm.weight").Tensor;
        var head = model.Trainable.Single(parameter => parameter.Name == "lm_head.weight").Tensor;
        norm.fill_(1);
        var ids = Matrix([
            [.. Prompt.Select(id => (long)id)],
        ]);
        head.select(0, token).zero_();
        // The direction of the last hidden state, found by the head itself: solved for with one row of the identity at a time.
        var saved = head.clone();
        head.zero_();
        head.narrow(0, 0, 32)
            .copy_(tensor<float>([.. Enumerable.Range(0, 32 * 32).Select(i => i % 33 == 0 ? 1f : 0f)], [32, 32]));
        var hidden = model.Forward(ids, null, null).select(0, 0).select(0, Prompt.Length - 1).narrow(0, 0, 32);
        head.copy_(saved);
        head.select(0, token).copy_(hidden * by);
    }

    private List<string> Tokens(SamplingSettings settings) =>
        [.. sampler.Sample(Prompt, settings).Continuations.Select(one => string.Join(' ', one.Tokens))];
}
