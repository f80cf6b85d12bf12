using System.Text.Json;
using System.Text.Json.Nodes;

namespace Lace.Worker.Models;

/// <summary>
/// A <c>tokenizer.json</c> of byte-level byte pairs, taken apart. Every step of its pipeline that is not built here is refused by name,
/// so that text never becomes other tokens than those the model learned.
/// </summary>
internal sealed class TokenizerFile
{
    private TokenizerFile(JsonObject root)
    {
        Normalizes = ReadNormalizer(root["normalizer"]);
        Splitter = ReadPreTokenizer(root["pre_tokenizer"]);
        var model = Members(root["model"], "model");
        Vocabulary = Members(model["vocab"], "vocab").ToDictionary(pair => pair.Key, pair => Id(pair.Value));
        Model = ReadModel(model, Vocabulary);
        Added = [.. (root["added_tokens"] as JsonArray ?? []).Select(ReadAdded)];
        (Before, After) = ReadPostProcessor(root["post_processor"]);
        if (Members(root["decoder"], "decoder") is var decoder && TypeOf(decoder) != "ByteLevel")
        {
            throw Unsupported("decoder", decoder);
        }
    }

    /// <summary>Whether text is composed (NFC) first.</summary>
    public bool Normalizes { get; }

    public TextSplitter Splitter { get; }

    public Dictionary<string, int> Vocabulary { get; }

    public BytePairs Model { get; }

    public IReadOnlyList<AddedToken> Added { get; }

    /// <summary>Tokens that go before a text with special tokens, and after.</summary>
    public IReadOnlyList<string> Before { get; }

    public IReadOnlyList<string> After { get; }

    /// <exception cref="ModelException">No JSON of a tokenizer, or one that is not supported.</exception>
    public static TokenizerFile Parse(string json)
    {
        try
        {
            return
                JsonNode.Parse(json, documentOptions: new() { AllowDuplicateProperties = false, MaxDepth = 16 })
                    is JsonObject root
                ? new TokenizerFile(root)
                : throw Wrong("it is no JSON object");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw new ModelException($"tokenizer.json: {e.Message}", e);
        }
    }

    private static bool ReadNormalizer(JsonNode? node)
    {
        if (node is null)
        {
            return false;
        }

        var members = Members(node, "normalizer");
        return TypeOf(members) switch
        {
            "NFC" => true,
            "Sequence" => members["normalizers"]!.AsArray().Aggregate(false, (any, one) => ReadNormalizer(one) || any),
            _ => throw Unsupported("normalizer", members),
        };
    }

    /// <summary>ByteLevel with its own expression, with or without Digits before it; or Split by one and then ByteLevel without.</summary>
    private static TextSplitter ReadPreTokenizer(JsonNode? node)
    {
        var members = Members(node, "pre_tokenizer");
        if (TypeOf(members) == "Sequence" && members["pretokenizers"] is JsonArray { Count: 2 } steps)
        {
            var (split, second) = (Members(steps[0], "pre_tokenizer"), Members(steps[1], "pre_tokenizer"));
            if (TypeOf(split) == "Digits" && IsOn(split["individual_digits"]))
            {
                CheckByteLevel(second, usesExpression: true);
                return TextSplitter.Gpt2SingleDigits;
            }

            if (
                TypeOf(split) != "Split"
                || split["behavior"]?.ToString() != "Isolated"
                || IsOn(split["invert"])
                || split["pattern"]?["Regex"]?.ToString() is not { } pattern
            )
            {
                throw Unsupported("pre_tokenizer", split);
            }

            CheckByteLevel(second, usesExpression: false);
            return TextSplitter.Of(pattern);
        }

        CheckByteLevel(members, usesExpression: true);
        return TextSplitter.Gpt2;
    }

    private static void CheckByteLevel(JsonObject step, bool usesExpression)
    {
        var uses = step["use_regex"] is null || IsOn(step["use_regex"]);
        if (TypeOf(step) != "ByteLevel" || IsOn(step["add_prefix_space"]) || uses != usesExpression)
        {
            throw Unsupported("pre_tokenizer", step);
        }
    }

    private static BytePairs ReadModel(JsonObject model, Dictionary<string, int> vocabulary)
    {
        if ((model["type"]?.ToString() ?? "BPE") != "BPE")
        {
            throw Wrong($"a model of the type {model["type"]} is not supported, only BPE");
        }

        // An unk_token would stand for bytes that the vocabulary lacks; here it lacks none.
        foreach (var option in new[] { "dropout", "continuing_subword_prefix", "end_of_word_suffix", "byte_fallback" })
        {
            if (model[option] is { } value && IsOn(value) && value.ToString() is not ("" or "0" or "0.0"))
            {
                throw Wrong($"{option} = {value.ToJsonString()} is not supported");
            }
        }

        var merges = model["merges"]!.AsArray().Select(ReadMerge);
        return new BytePairs(vocabulary, merges, takesWholePieces: IsOn(model["ignore_merges"]));
    }

    /// <summary>Older files have "left right", newer ones ["left", "right"].</summary>
    private static (string Left, string Right) ReadMerge(JsonNode? merge)
    {
        var parts = merge is JsonArray list ? [.. list.Select(part => part!.ToString())] : merge!.ToString().Split(' ');
        return parts is [{ Length: > 0 } left, { Length: > 0 } right]
            ? (left, right)
            : throw Wrong($"{merge!.ToJsonString()} is no merge");
    }

    private static AddedToken ReadAdded(JsonNode? node)
    {
        var members = Members(node, "added token");
        var content = members["content"]?.ToString();
        if (string.IsNullOrEmpty(content))
        {
            throw Wrong("an added token is empty");
        }

        foreach (var option in new[] { "single_word", "lstrip", "rstrip" })
        {
            if (IsOn(members[option]))
            {
                throw Wrong($"{option} of the token {content} is not supported");
            }
        }

        return new AddedToken(content, Id(members["id"]), IsOn(members["special"]));
    }

    /// <summary>TemplateProcessing of one text; ByteLevel changes places, not tokens.</summary>
    private static (IReadOnlyList<string> Before, IReadOnlyList<string> After) ReadPostProcessor(JsonNode? node)
    {
        if (node is null)
        {
            return ([], []);
        }

        var members = Members(node, "post_processor");
        switch (TypeOf(members))
        {
            case "ByteLevel":
                return ([], []);
            case "Sequence":
                var steps = members["processors"]!.AsArray().Select(ReadPostProcessor).ToList();
                return (
                    [.. steps.AsEnumerable().Reverse().SelectMany(step => step.Before)],
                    [.. steps.SelectMany(step => step.After)]
                );
            case "TemplateProcessing":
                var names = members["single"]!
                    .AsArray()
                    .Select(one => one!["SpecialToken"]?["id"]?.ToString())
                    .ToList();
                var text = names.IndexOf(null);
                return text >= 0 && names.LastIndexOf(null) == text
                    ? ([.. names[..text]!], [.. names[(text + 1)..]!])
                    : throw Unsupported("post_processor", members);
            default:
                throw Unsupported("post_processor", members);
        }
    }

    private static JsonObject Members(JsonNode? node, string what) =>
        node as JsonObject ?? throw Wrong($"{what} is missing or no object");

    private static string? TypeOf(JsonObject members) => members["type"]?.ToString();

    private static bool IsOn(JsonNode? node) => node is not null && node.GetValueKind() != JsonValueKind.False;

    private static int Id(JsonNode? node) =>
        node is JsonValue value && value.TryGetValue<int>(out var id) && id >= 0
            ? id
            : throw Wrong("a token has no number");

    private static ModelException Unsupported(string step, JsonObject members)
    {
        var text = members.ToJsonString();
        return Wrong($"{step} {(text.Length > 200 ? text[..200] + "…" : text)} is not supported");
    }

    private static ModelException Wrong(string message) => new($"tokenizer.json: {message}.");
}

/// <param name="IsSpecial">Found in text only where special tokens are asked for, and left out of decoded text.</param>
internal sealed record AddedToken(string Content, int Id, bool IsSpecial);
