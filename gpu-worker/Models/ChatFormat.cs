namespace Lace.Worker.Models;

/// <summary>One turn of a conversation.</summary>
/// <param name="Role">As <c>system</c>, <c>user</c>, <c>assistant</c>.</param>
public sealed record ChatMessage(string Role, string Content);

/// <summary>
/// How a model writes conversations. Templates are programs (Jinja) and are not run: which of the two known formats one stands for
/// is read off its special tokens, and any other is refused.
/// </summary>
internal abstract class ChatFormat
{
    /// <summary>The token that ends a turn.</summary>
    public abstract int? EndOfTurn { get; }

    /// <summary>Null where there is no template.</summary>
    /// <param name="idOf">The number of an added token.</param>
    public static ChatFormat? Find(string? template, Func<string, int?> idOf)
    {
        if (template is null)
        {
            return null;
        }

        if (
            template.Contains("<|im_start|>", StringComparison.Ordinal)
            && idOf("<|im_start|>") is { } start
            && idOf("<|im_end|>") is { } end
        )
        {
            return new ChatMl(start, end);
        }

        return
            template.Contains("<|start_header_id|>", StringComparison.Ordinal)
            && idOf("<|begin_of_text|>") is { } begin
            && idOf("<|start_header_id|>") is { } open
            && idOf("<|end_header_id|>") is { } close
            && idOf("<|eot_id|>") is { } turn
            ? new Llama3(begin, open, close, turn)
            : new Unknown();
    }

    public abstract int[] Write(IEnumerable<ChatMessage> messages, bool answers, Func<string, int[]> encode);

    private static void CheckRole(string role)
    {
        if (role.Length == 0 || role.Any(c => !char.IsAsciiLetter(c)))
        {
            throw new ArgumentException($"'{role}' is no role: system, user, assistant or another word.");
        }
    }

    private sealed class ChatMl(int start, int end) : ChatFormat
    {
        public override int? EndOfTurn => end;

        public override int[] Write(IEnumerable<ChatMessage> messages, bool answers, Func<string, int[]> encode)
        {
            var written = new List<int>();
            foreach (var (role, content) in messages)
            {
                CheckRole(role);
                written.AddRange([start, .. encode($"{role}\n{content}"), end, .. encode("\n")]);
            }

            written.AddRange(answers ? [start, .. encode("assistant\n")] : []);
            return [.. written];
        }
    }

    private sealed class Llama3(int begin, int open, int close, int turn) : ChatFormat
    {
        public override int? EndOfTurn => turn;

        public override int[] Write(IEnumerable<ChatMessage> messages, bool answers, Func<string, int[]> encode)
        {
            var written = new List<int> { begin };
            foreach (var (role, content) in messages)
            {
                CheckRole(role);
                written.AddRange([open, .. encode(role), close, .. encode($"\n\n{content.Trim()}"), turn]);
            }

            written.AddRange(answers ? [open, .. encode("assistant"), close, .. encode("\n\n")] : []);
            return [.. written];
        }
    }

    /// <summary>Refused when a conversation is to be written, not when the tokenizer is loaded: plain text needs no template.</summary>
    private sealed class Unknown : ChatFormat
    {
        public override int? EndOfTurn => null;

        public override int[] Write(IEnumerable<ChatMessage> messages, bool answers, Func<string, int[]> encode) =>
            throw new ModelException(
                "The model's chat template is neither ChatML nor Llama 3's; others are not supported."
            );
    }
}
