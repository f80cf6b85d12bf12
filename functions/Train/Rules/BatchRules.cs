using Lace.Functions.Problems;
using Lace.Functions.Train.Messages;

namespace Lace.Functions.Train.Rules;

/// <summary>The limits of a batch, in examples and tokens.</summary>
/// <param name="MaxSeqLength">Of the training client.</param>
/// <param name="VocabularySize">Of its model: every id is below.</param>
/// <param name="Private">Whether differential privacy is on: Poisson sampling can draw an empty batch.</param>
internal sealed record BatchLimits(int MaxSeqLength, int VocabularySize, bool Private)
{
    public const int MaxExamples = 1024;
    public const int MaxTokens = 1 << 20;

    /// <summary>What a label of -100 means in Transformers: no loss here.</summary>
    public const int Ignored = -100;
}

/// <summary>What must hold of a batch. Each answers the first rule broken, or null.</summary>
internal static class BatchRules
{
    public static Problem? Check(ForwardBackward request, BatchLimits limits) =>
        (request.Batch is null) == (request.Data is null)
            ? Field.Refuse("batch", "send either batch or data, one of them.")
            : Field.OneOf("loss_fn", request.LossFn, "cross_entropy", "importance_sampling", "ppo")
                ?? CheckConfig(request)
                ?? (request.Batch is { } batch ? Check(batch, request.LossFn, limits) : null)
                ?? (request.Data is { } data ? Check(data, request.LossFn, limits) : null)
                ?? BatchHash.Check(request);

    private static Problem? CheckConfig(ForwardBackward request)
    {
        foreach (var (name, value) in request.LossFnConfig ?? new Dictionary<string, double>())
        {
            var field = $"loss_fn_config.{name}";
            var refusal =
                request.LossFn != "ppo" || name is not ("clip_low_threshold" or "clip_high_threshold")
                    ? Field.Refuse("loss_fn_config", $"{request.LossFn} has no such setting.")
                : name == "clip_low_threshold" ? Field.InRange(field, value, 0, 1)
                : Field.InRange(field, value, 1, 100);
            if (refusal is not null)
            {
                return refusal;
            }
        }

        return null;
    }

    private static Problem? Check(TokenBatch batch, string lossFn, BatchLimits limits)
    {
        if (lossFn != "cross_entropy")
        {
            return Field.Refuse("data", $"{lossFn} needs log-probabilities and advantages: send data, not batch.");
        }

        var rows = batch.InputIds;
        var refusal =
            CheckCount("batch.input_ids", rows.Count, limits)
            ?? AllThere("batch.input_ids", rows)
            ?? CheckTotal("batch.input_ids", rows)
            ?? SameShape("batch.attention_mask", rows, batch.AttentionMask)
            ?? SameShape("batch.labels", rows, batch.Labels);
        if (refusal is not null)
        {
            return refusal;
        }

        for (var i = 0; i < rows.Count; i++)
        {
            var wrong =
                CheckTokens($"batch.input_ids[{i}]", rows[i], limits)
                ?? (batch.AttentionMask is { } mask ? CheckMask($"batch.attention_mask[{i}]", mask[i]) : null)
                ?? (batch.Labels is { } labels ? CheckLabels($"batch.labels[{i}]", labels[i], limits) : null);
            if (wrong is not null)
            {
                return wrong;
            }
        }

        return null;
    }

    private static Problem? Check(IReadOnlyList<Datum> data, string lossFn, BatchLimits limits)
    {
        if ((CheckCount("data", data.Count, limits) ?? AllThere("data", data)) is { } refusal)
        {
            return refusal;
        }

        var total = 0L;
        for (var i = 0; i < data.Count; i++)
        {
            if (CheckChunks($"data[{i}].model_input.chunks", data[i].ModelInput.Chunks) is { } chunks)
            {
                return chunks;
            }

            var tokens = data[i].ModelInput.Chunks.SelectMany(chunk => chunk.Tokens).ToArray();
            total += tokens.Length;
            var wrong =
                CheckTokens($"data[{i}].model_input", tokens, limits)
                ?? CheckInputs($"data[{i}].loss_fn_inputs", data[i].LossFnInputs, lossFn, tokens.Length, limits);
            if (wrong is not null)
            {
                return wrong;
            }
        }

        return total > BatchLimits.MaxTokens
            ? Field.Refuse("data", $"has {total:N0} tokens; a batch has at most {BatchLimits.MaxTokens:N0}.")
            : null;
    }

    private static Problem? CheckChunks(string field, IReadOnlyList<TokenChunk> chunks) =>
        chunks.Count is 0 or > BatchLimits.MaxExamples || !chunks.All(chunk => chunk is { Type: "encoded_text" })
            ? Field.Refuse(field, "1 to 1,024 pieces of type encoded_text; images and audio are not supported.")
            : null;

    private static Problem? CheckInputs(string field, LossInputs inputs, string lossFn, int length, BatchLimits limits)
    {
        var (targets, weights, logprobs, advantages) = inputs;
        var supervised = lossFn == "cross_entropy";
        if (supervised && (logprobs ?? advantages) is not null)
        {
            return Field.Refuse(field, "cross_entropy takes target_tokens and weights, no logprobs or advantages.");
        }

        if (!supervised && (weights is not null || logprobs is null || advantages is null))
        {
            return Field.Refuse(field, $"{lossFn} takes target_tokens, logprobs and advantages, no weights.");
        }

        return CheckTensor($"{field}.target_tokens", targets.Dtype, "int64", targets.Data.Count, targets.Shape, length)
            ?? CheckLabels($"{field}.target_tokens", targets.Data, limits)
            ?? CheckFloats($"{field}.weights", weights, length)
            ?? CheckFloats($"{field}.logprobs", logprobs, length)
            ?? CheckFloats($"{field}.advantages", advantages, length);
    }

    private static Problem? CheckFloats(string field, FloatTensor? tensor, int length) =>
        tensor is null
            ? null
            : CheckTensor(field, tensor.Dtype, "float32", tensor.Data.Count, tensor.Shape, length)
                ?? (
                    tensor.Data.All(value => float.IsFinite(value) && Math.Abs(value) <= 1e6f)
                        ? null
                        : Field.Refuse(field, "has a number that is not finite or beyond 1,000,000.")
                );

    private static Problem? CheckTensor(
        string field,
        string dtype,
        string wanted,
        int count,
        IReadOnlyList<long>? shape,
        int length
    ) =>
        dtype != wanted ? Field.Refuse(field, $"dtype is {wanted}.")
        : count != length ? Field.Refuse(field, $"has {count:N0} values for {length:N0} tokens.")
        : shape is not null && !(shape is [var only] && only == count)
            ? Field.Refuse(field, "shape is the number of its values.")
        : null;

    private static Problem? CheckCount(string field, int examples, BatchLimits limits) =>
        examples == 0 && limits.Private ? null : Field.InRange(field, examples, 1, BatchLimits.MaxExamples);

    /// <summary>The types say that a list is there, not that its elements are.</summary>
    private static Problem? AllThere<T>(string field, IReadOnlyList<T?> elements)
        where T : class => elements.Contains(null) ? Field.Refuse(field, "has an element that is null.") : null;

    private static Problem? CheckTotal(string field, IReadOnlyList<IReadOnlyList<int>> rows)
    {
        var longest = rows.Count == 0 ? 0 : rows.Max(row => row.Count);

        // Padded to one length, as the worker lays them out.
        var tokens = (long)longest * rows.Count;
        return tokens > BatchLimits.MaxTokens
            ? Field.Refuse(
                field,
                $"has {tokens:N0} tokens when padded; a batch has at most {BatchLimits.MaxTokens:N0}."
            )
            : null;
    }

    /// <summary>A record without tokens is one that contributes nothing: Poisson sampling can draw it.</summary>
    private static Problem? CheckTokens(string field, IReadOnlyList<int> tokens, BatchLimits limits) =>
        tokens.Count > limits.MaxSeqLength
            ? Field.Refuse(
                field,
                $"has {tokens.Count:N0} tokens; the training client's max_seq_length is {limits.MaxSeqLength:N0}."
            )
        : tokens.Any(id => id < 0 || id >= limits.VocabularySize)
            ? Field.Refuse(field, $"has a token id that is not from 0 to {limits.VocabularySize - 1:N0}.")
        : null;

    /// <summary>Padding stands on either side of the tokens; a hole among them would mean something else.</summary>
    private static Problem? CheckMask(string field, IReadOnlyList<int> mask)
    {
        var tokens = mask.SkipWhile(value => value == 0).SkipWhile(value => value == 1);
        return tokens.All(value => value == 0)
            ? null
            : Field.Refuse(field, "has ones for the tokens and zeros for padding on either side, nothing else.");
    }

    private static Problem? CheckLabels(string field, IReadOnlyList<int> labels, BatchLimits limits) =>
        labels.Any(id => id != BatchLimits.Ignored && (id < 0 || id >= limits.VocabularySize))
            ? Field.Refuse(
                field,
                $"has a label that is neither a token id from 0 to {limits.VocabularySize - 1:N0} nor {BatchLimits.Ignored}."
            )
            : null;

    private static Problem? SameShape(
        string field,
        IReadOnlyList<IReadOnlyList<int>> rows,
        IReadOnlyList<IReadOnlyList<int>>? others
    ) =>
        others is null
        || (others.Count == rows.Count && rows.Zip(others).All(pair => pair.First.Count == pair.Second?.Count))
            ? null
            : Field.Refuse(field, "has not the rows of input_ids, each as long.");
}
