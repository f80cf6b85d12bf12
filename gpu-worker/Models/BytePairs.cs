namespace Lace.Worker.Models;

/// <summary>
/// Byte-pair encoding (Sennrich et al. 2016): a piece begins as its bytes, and of all neighbours that the merges know the earliest
/// learned are joined first, until none are left.
/// </summary>
internal sealed class BytePairs
{
    private const int CachedPieces = 1 << 16;
    private const int CachedBytes = 64;
    private readonly Dictionary<string, int> vocabulary;
    private readonly Dictionary<(int Left, int Right), (int Rank, int Made)> merges = [];
    private readonly int[] single = new int[256];
    private readonly bool takesWholePieces;
    private readonly Dictionary<string, int[]> known = [];

    /// <param name="takesWholePieces">A piece that is in the vocabulary is that token, whatever the merges make of it.</param>
    /// <exception cref="ModelException">A byte or a merge that the vocabulary lacks.</exception>
    public BytePairs(
        Dictionary<string, int> vocabulary,
        IEnumerable<(string Left, string Right)> merges,
        bool takesWholePieces
    )
    {
        this.vocabulary = vocabulary;
        this.takesWholePieces = takesWholePieces;
        for (var i = 0; i < 256; i++)
        {
            single[i] = IdOf(ByteAlphabet.CharOf((byte)i).ToString());
        }

        foreach (var (left, right) in merges)
        {
            // The first of two equal ones counts.
            this.merges.TryAdd((IdOf(left), IdOf(right)), (this.merges.Count, IdOf(left + right)));
        }
    }

    public int[] Encode(ReadOnlySpan<byte> piece)
    {
        var spelled = ByteAlphabet.Spell(piece);
        if (known.TryGetValue(spelled, out var tokens))
        {
            return tokens;
        }

        tokens = takesWholePieces && vocabulary.TryGetValue(spelled, out var whole) ? [whole] : Merge(piece);
        if (known.Count < CachedPieces && piece.Length <= CachedBytes)
        {
            known.Add(spelled, tokens);
        }

        return tokens;
    }

    /// <summary>A queue of pairs by rank, then place; the piece is a linked list in arrays. n log n, for pieces may be long.</summary>
    private int[] Merge(ReadOnlySpan<byte> piece)
    {
        var count = piece.Length;
        var (tokens, next, before) = (new int[count], new int[count], new int[count]);
        var queue = new PriorityQueue<(int At, int Left, int Right), (int Rank, int At)>();
        for (var i = 0; i < count; i++)
        {
            (tokens[i], next[i], before[i]) = (single[piece[i]], i + 1 < count ? i + 1 : -1, i - 1);
        }

        for (var i = 0; i + 1 < count; i++)
        {
            Propose(i, i + 1);
        }

        while (queue.TryDequeue(out var pair, out _))
        {
            var (at, after) = (pair.At, next[pair.At]);
            if (tokens[at] != pair.Left || after < 0 || tokens[after] != pair.Right)
            {
                continue; // one of them was joined with another since
            }

            tokens[at] = merges[(pair.Left, pair.Right)].Made;
            tokens[after] = -1;
            next[at] = next[after];
            if (next[at] >= 0)
            {
                before[next[at]] = at;
                Propose(at, next[at]);
            }

            if (before[at] >= 0)
            {
                Propose(before[at], at);
            }
        }

        return Array.FindAll(tokens, token => token >= 0);

        void Propose(int left, int right)
        {
            if (merges.TryGetValue((tokens[left], tokens[right]), out var merge))
            {
                queue.Enqueue((left, tokens[left], tokens[right]), (merge.Rank, left));
            }
        }
    }

    private int IdOf(string token) =>
        vocabulary.TryGetValue(token, out var id)
            ? id
            : throw new ModelException($"tokenizer.json: the vocabulary lacks '{token}'.");
}
