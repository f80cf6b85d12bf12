using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Lace.Worker.Models;

/// <summary>
/// Text to tokens and back, as <c>tokenizer.json</c> of the model says. Any text can be written: a vocabulary here has every byte.
/// </summary>
public sealed class Tokenizer
{
    private const string FileName = "tokenizer.json";
    private const string ConfigName = "tokenizer_config.json";
    private readonly TokenizerFile file;
    private readonly string json;
    private readonly JsonObject config;
    private readonly Dictionary<int, (byte[] Bytes, bool IsSpecial)> tokens = [];
    private readonly Dictionary<string, int> added = [];
    private readonly Regex? anyAdded;
    private readonly Regex? ordinaryAdded;
    private readonly int[] before;
    private readonly int[] after;

    private Tokenizer(string json, JsonObject config)
    {
        (this.json, this.config) = (json, config);
        file = TokenizerFile.Parse(json);
        foreach (var (spelled, id) in file.Vocabulary)
        {
            AddToken(id, ByteAlphabet.TryRead(spelled) ?? Encoding.UTF8.GetBytes(spelled), isSpecial: false);
        }

        foreach (var token in file.Added)
        {
            if (file.Vocabulary.TryGetValue(token.Content, out var id) && id == token.Id)
            {
                tokens.Remove(id); // many files have them in the vocabulary too
            }

            AddToken(token.Id, Encoding.UTF8.GetBytes(token.Content), token.IsSpecial);
            added[token.Content] = token.Id;
        }

        Size = tokens.Keys.Max() + 1;
        anyAdded = AnyOf(file.Added);
        ordinaryAdded = AnyOf(file.Added.Where(token => !token.IsSpecial));
        (before, after) = ([.. file.Before.Select(Required)], [.. file.After.Select(Required)]);
        EndOfText = Named("eos_token");
        Padding = Named("pad_token");
        Chat = ChatFormat.Find(ChatTemplate(), content => added.TryGetValue(content, out var id) ? id : null);
    }

    /// <summary>One more than the highest token. A model's vocabulary is often larger, never smaller.</summary>
    public int Size { get; }

    /// <summary><c>eos_token</c> of tokenizer_config.json.</summary>
    public int? EndOfText { get; }

    /// <summary><c>pad_token</c> of tokenizer_config.json.</summary>
    public int? Padding { get; }

    /// <summary>How conversations are written; null where the folder has no chat template.</summary>
    internal ChatFormat? Chat { get; }

    /// <summary>From <c>tokenizer.json</c> and, where they are, <c>tokenizer_config.json</c> and <c>chat_template.jinja</c> of a model folder.</summary>
    /// <exception cref="ModelException">No tokenizer that is supported here; the message says why.</exception>
    public static Tokenizer Load(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
        {
            throw new ModelException($"{folder} has no {FileName}; other kinds of tokenizers are not supported.");
        }

        var beside = Path.Combine(folder, ConfigName);
        var template = Path.Combine(folder, "chat_template.jinja");
        var options = File.Exists(beside) ? ParseConfig(File.ReadAllText(beside)) : [];
        if (File.Exists(template))
        {
            options["chat_template"] = File.ReadAllText(template);
        }

        return new Tokenizer(File.ReadAllText(path), options);
    }

    /// <summary>A tokenizer without any learned merge: token i is byte i. For demonstrations and tests; it needs no training.</summary>
    public static Tokenizer OfBytes() => new(ByteTokenizer.Json(), ByteTokenizer.Config());

    /// <summary>Writes it as it was read.</summary>
    public void Save(string folder)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, FileName), json);
        File.WriteAllText(Path.Combine(folder, ConfigName), config.ToJsonString(new() { WriteIndented = true }) + "\n");
    }

    /// <param name="special">
    /// Special tokens written in the text are those tokens, and the model's tokens of a text's beginning and end are put around it. Without,
    /// a text is only text, wherever it comes from: the way for data.
    /// </param>
    public int[] Encode(string text, bool special = true)
    {
        var written = new List<int>(text.Length / 3 + 2);
        written.AddRange(special ? before : []);
        var at = 0;
        foreach (Match match in (special ? anyAdded : ordinaryAdded)?.Matches(text) ?? Enumerable.Empty<Match>())
        {
            EncodePlain(text[at..match.Index], written);
            written.Add(added[match.Value]);
            at = match.Index + match.Length;
        }

        EncodePlain(text[at..], written);
        written.AddRange(special ? after : []);
        return [.. written];
    }

    /// <summary>Bytes that are no UTF-8, as of a text that was cut, become U+FFFD.</summary>
    /// <param name="special">Special tokens are written out; otherwise they are left away.</param>
    /// <exception cref="ArgumentException">A token that the vocabulary does not have.</exception>
    public string Decode(ReadOnlySpan<int> ids, bool special = false)
    {
        var bytes = new List<byte>(4 * ids.Length);
        foreach (var id in ids)
        {
            if (special || !IsSpecial(id))
            {
                bytes.AddRange(BytesOf(id));
            }
        }

        return Encoding.UTF8.GetString([.. bytes]);
    }

    /// <summary>
    /// A conversation in the model's own format. What the messages say is text only: a special token written there is its characters. Nothing
    /// is added that a message does not say, as the default system prompts of some templates.
    /// </summary>
    /// <param name="answers">End where the assistant begins to speak.</param>
    /// <exception cref="ModelException">The model has no chat template, or one of another kind than ChatML and Llama 3.</exception>
    public int[] ApplyChat(IEnumerable<ChatMessage> messages, bool answers = true)
    {
        var format =
            Chat
            ?? throw new ModelException(
                "The model's tokenizer has no chat template: it is no model for conversations."
            );
        return format.Write(messages, answers, text => Encode(text, special: false));
    }

    /// <summary>What a token adds to a text.</summary>
    /// <exception cref="ArgumentException">The vocabulary does not have it.</exception>
    internal byte[] BytesOf(int id) =>
        tokens.TryGetValue(id, out var token)
            ? token.Bytes
            : throw new ArgumentException($"There is no token {id}.", nameof(id));

    internal bool Has(int id) => tokens.ContainsKey(id);

    internal bool IsSpecial(int id) => tokens.TryGetValue(id, out var token) && token.IsSpecial;

    private static Regex? AnyOf(IEnumerable<AddedToken> given)
    {
        // The longest first: of two that begin alike, the longer is meant.
        var alternatives = given
            .Select(token => token.Content)
            .OrderByDescending(content => content.Length)
            .Select(Regex.Escape)
            .ToList();
        return alternatives.Count == 0
            ? null
            : new Regex(string.Join('|', alternatives), RegexOptions.CultureInvariant);
    }

    private static JsonObject ParseConfig(string text)
    {
        try
        {
            return JsonNode.Parse(text) as JsonObject ?? throw new ModelException($"{ConfigName} is no JSON object.");
        }
        catch (System.Text.Json.JsonException e)
        {
            throw new ModelException($"{ConfigName}: {e.Message}", e);
        }
    }

    private void AddToken(int id, byte[] bytes, bool isSpecial)
    {
        if (!tokens.TryAdd(id, (bytes, isSpecial)))
        {
            throw new ModelException($"{FileName}: two tokens have the number {id}.");
        }
    }

    private void EncodePlain(string text, List<int> written)
    {
        foreach (var piece in file.Splitter.Split(file.Normalizes ? Nfc.Normalize(text) : text))
        {
            written.AddRange(file.Model.Encode(Encoding.UTF8.GetBytes(piece)));
        }
    }

    private int Required(string content) =>
        added.TryGetValue(content, out var id) || file.Vocabulary.TryGetValue(content, out id)
            ? id
            : throw new ModelException($"{FileName}: the token {content} is put around every text and is not there.");

    /// <summary>Text, or an object with the text as its content.</summary>
    private int? Named(string option)
    {
        var content = (config[option] is JsonObject members ? members["content"] : config[option])?.ToString();
        return content is null ? null
            : added.TryGetValue(content, out var id) ? id
            : throw new ModelException($"{ConfigName}: {option} {content} is no added token of {FileName}.");
    }

    /// <summary>One template, or several of which one is called default.</summary>
    private string? ChatTemplate() =>
        config["chat_template"] is JsonArray several
            ? several.FirstOrDefault(one => one?["name"]?.ToString() == "default")?["template"]?.ToString()
            : config["chat_template"]?.ToString();
}
