using System.Text;
using Lace.Evidence.Datasets;
using Lace.Worker.Models;

namespace Lace.Worker.Training;

/// <summary>The records of a registered dataset as tokens. Record i is record i of the file, and of its attestation (protocol §1).</summary>
/// <remarks>
/// A record is one example, whole: a longer one is cut, never divided, and none are packed together, as the guarantee is about records.
/// A record without tokens stays a record that contributes nothing.
/// </remarks>
public sealed class TokenizedDataset
{
    private readonly List<int> tokens = [];
    private readonly List<long> starts = [0];

    private TokenizedDataset(int longest) => Longest = longest;

    public int Count => starts.Count - 1;

    /// <summary>Most tokens of a record.</summary>
    public int Longest { get; }

    /// <summary>Records that were cut.</summary>
    public int Cut { get; private set; }

    /// <summary>Tokens of all records.</summary>
    public long Tokens => tokens.Count;

    public ReadOnlySpan<int> this[int record] =>
        System
            .Runtime.InteropServices.CollectionsMarshal.AsSpan(tokens)
            .Slice((int)starts[record], (int)(starts[record + 1] - starts[record]));

    /// <summary>Reads a file or a folder.</summary>
    /// <param name="field">The member of each record that is trained on, <c>a.b</c> for nested ones; null for the whole record.</param>
    /// <param name="format">Null: the suffix decides.</param>
    /// <param name="longest">Tokens of a record, at most.</param>
    /// <exception cref="TrainingRefusedException">There is no such dataset, or it cannot be read so.</exception>
    public static TokenizedDataset Load(
        string path,
        string? field,
        DatasetFormat? format,
        Tokenizer tokenizer,
        int longest
    )
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        var part = field is null ? DatasetPart.Whole : new DatasetPart(DatasetPartKind.Field, field);
        if (!part.IsValid)
        {
            throw new TrainingRefusedException("The field of the dataset is no name of a member.");
        }

        try
        {
            return Read(DatasetFiles.At(path, format), part, tokenizer, longest);
        }
        catch (Exception unreadable) when (unreadable is DatasetException or IOException or InvalidDataException)
        {
            throw new TrainingRefusedException($"The dataset cannot be read: {unreadable.Message}");
        }
    }

    /// <summary>Records that are tokens already; longer ones are cut.</summary>
    public static TokenizedDataset Of(IEnumerable<int[]> records, int longest)
    {
        ArgumentNullException.ThrowIfNull(records);
        var made = new TokenizedDataset(longest);
        foreach (var record in records)
        {
            made.Add(record);
        }

        return made;
    }

    private static TokenizedDataset Read(
        IReadOnlyList<DatasetSource> sources,
        DatasetPart part,
        Tokenizer tokenizer,
        int longest
    )
    {
        var made = new TokenizedDataset(longest);
        var trained = new TrainedPart(part);
        var batch = new RecordBatch();
        var beginning = Beginning(tokenizer);
        foreach (var filled in new RecordFeed(sources, () => batch).Batches())
        {
            for (var i = 0; i < filled.Count; i++)
            {
                if (!trained.TryFind(filled[i], out var text))
                {
                    throw new TrainingRefusedException($"{filled.Source.Name}, record {made.Count}: {trained.Missing}");
                }

                // A record is text only: what reads like a special token in it is its characters.
                int[] whole = [.. beginning, .. tokenizer.Encode(Encoding.UTF8.GetString(text), special: false)];
                made.Add(tokenizer.EndOfText is { } end ? [.. whole, end] : whole);
            }
        }

        return made;
    }

    // What the model's tokenizer puts before a text. A record that fits whole teaches where it ends; one that is cut does not end there.
    private static int[] Beginning(Tokenizer tokenizer)
    {
        var around = tokenizer.Encode("");
        return around.Length > 0 && around[^1] == tokenizer.EndOfText ? around[..^1] : around;
    }

    private void Add(int[] record)
    {
        Cut += record.Length > Longest ? 1 : 0;
        tokens.AddRange(record.AsSpan(0, Math.Min(record.Length, Longest)));
        starts.Add(tokens.Count);
    }
}
