using System.Text;
using Lace.Torch;
using static Lace.Torch.torch;

namespace Lace.Worker.Models;

/// <summary>Continues texts with a model, its adapter included.</summary>
public sealed class TextSampler(CausalModel model, Tokenizer tokenizer)
{
    /// <summary>Positions of a prompt whose logits are held at once.</summary>
    private const int PromptPart = 64;

    private readonly HashSet<int> ends =
    [
        .. model.EndTokens,
        .. new[] { tokenizer.EndOfText, tokenizer.Chat?.EndOfTurn }.OfType<int>(),
    ];

    /// <summary>Models have more rows than the tokenizer has tokens, to be of a round size: no text comes of those.</summary>
    private readonly bool[] isToken = [.. Enumerable.Range(0, model.Config.VocabSize).Select(tokenizer.Has)];

    /// <param name="prompt">At least one token.</param>
    /// <exception cref="ArgumentException">Settings or a prompt that cannot be.</exception>
    public SamplingResult Sample(
        IReadOnlyList<int> prompt,
        SamplingSettings settings,
        CancellationToken cancellationToken = default
    )
    {
        settings.Check();
        Check(prompt);
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        var capacity = Math.Min((long)prompt.Count + settings.MaxTokens, model.Config.MaxPositions);
        using var first = model.NewCache(1, capacity);
        var promptLogprobs = settings.PromptLogprobs ? new float?[prompt.Count] : null;
        var logits = Read(prompt, first, promptLogprobs, cancellationToken);
        using var cache = first.Repeat(settings.Samples);
        var drafts = Enumerable.Range(0, settings.Samples).Select(i => new Draft(settings, i)).ToArray();
        var length = prompt.Count;
        Extend(drafts, logits, isFirst: true);
        while (Array.Exists(drafts, draft => !draft.IsDone) && ++length < capacity)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var step = NewDisposeScope();
            var last = tensor<long>(
                Array.ConvertAll(drafts, draft => (long)draft.Tokens[^1]),
                [drafts.Length, 1],
                model.Device
            );
            Extend(drafts, model.NextLast(last, cache).to(ScalarType.Float32).ToArray<float>(), isFirst: false);
        }

        return new SamplingResult([.. drafts.Select(draft => draft.Finish())], promptLogprobs);
    }

    private void Check(IReadOnlyList<int> prompt)
    {
        if (prompt.Count == 0 || prompt.Count >= model.Config.MaxPositions)
        {
            throw new ArgumentException(
                $"The prompt has {prompt.Count} tokens; the model has {model.Config.MaxPositions} positions, one of them for what comes."
            );
        }

        if (prompt.Any(token => token < 0 || token >= model.Config.VocabSize))
        {
            throw new ArgumentException($"A token of the prompt is not below {model.Config.VocabSize}.");
        }
    }

    /// <summary>Puts the prompt into the cache and gives the logits after it.</summary>
    private float[] Read(
        IReadOnlyList<int> prompt,
        KeyValueCache cache,
        float?[]? logprobs,
        CancellationToken cancellationToken
    )
    {
        long[] ids = [.. prompt.Select(token => (long)token)];
        if (logprobs is null)
        {
            return model
                .NextLast(tensor<long>(ids, [1, ids.Length], model.Device), cache)
                .to(ScalarType.Float32)
                .ToArray<float>();
        }

        float[] row = [];
        for (var at = 0; at < ids.Length; at += PromptPart)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var part = ids[at..Math.Min(at + PromptPart, ids.Length)];
            var logits = model.Next(tensor<long>(part, [1, part.Length], model.Device), cache).to(ScalarType.Float32);
            for (var i = 0; i < part.Length; i++)
            {
                row = logits.select(1, i).ToArray<float>();
                if (at + i + 1 < ids.Length)
                {
                    logprobs[at + i + 1] = TokenChoice.Logprob(row, prompt[at + i + 1]);
                }
            }
        }

        return row;
    }

    /// <param name="isFirst">All drafts follow the one row of the prompt.</param>
    private void Extend(Draft[] drafts, float[] logits, bool isFirst)
    {
        var size = model.Config.VocabSize;
        for (var i = 0; i < drafts.Length; i++)
        {
            if (drafts[i].IsDone)
            {
                continue;
            }

            var row = logits.AsSpan(isFirst ? 0 : i * size, size);
            var known = row.ToArray();
            for (var token = 0; token < size; token++)
            {
                known[token] = isToken[token] && !float.IsNaN(row[token]) ? row[token] : float.NegativeInfinity;
            }

            if (!known.AsSpan().ContainsAnyExcept(float.NegativeInfinity))
            {
                throw new ModelException("The model's logits are not numbers: its weights have diverged.");
            }

            var chosen = drafts[i].Choice.Choose(known);
            var isEnd = ends.Contains(chosen);
            var bytes = isEnd || tokenizer.IsSpecial(chosen) ? [] : tokenizer.BytesOf(chosen);
            drafts[i].Add(chosen, TokenChoice.Logprob(row, chosen), bytes, isEnd);
        }
    }

    /// <summary>A continuation while it grows.</summary>
    private sealed class Draft(SamplingSettings settings, int sample)
    {
        private readonly byte[][] stops = [.. settings.Stop.Select(Encoding.UTF8.GetBytes)];
        private readonly List<float> logprobs = [];
        private readonly List<byte> text = [];
        private bool isStopped;

        public TokenChoice Choice { get; } = new(settings, sample);

        public List<int> Tokens { get; } = [];

        public bool IsDone => isStopped || Tokens.Count == settings.MaxTokens;

        public void Add(int token, float logprob, ReadOnlySpan<byte> bytes, bool isEnd)
        {
            Tokens.Add(token);
            logprobs.Add(logprob);
            var before = text.Count;
            text.AddRange(bytes);
            isStopped = isEnd || CutAtStop(before);
        }

        public Continuation Finish() =>
            new(
                Tokens,
                logprobs,
                Encoding.UTF8.GetString([.. text]),
                isStopped ? FinishReason.Stop : FinishReason.Length
            );

        /// <summary>Looks where a stop sequence could have been completed by what came after <paramref name="before"/>.</summary>
        private bool CutAtStop(int before)
        {
            var all = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(text);
            var earliest = -1;
            foreach (var stop in stops)
            {
                var from = Math.Max(0, before - stop.Length + 1);
                var at = all[from..].IndexOf(stop);
                if (at >= 0 && (earliest < 0 || from + at < earliest))
                {
                    earliest = from + at;
                }
            }

            if (earliest >= 0)
            {
                text.RemoveRange(earliest, text.Count - earliest);
            }

            return earliest >= 0;
        }
    }
}
