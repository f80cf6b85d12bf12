using System.Text.Json;
using Lace.Evidence.Datasets;

namespace Lace.Evidence.Trajectories;

/// <summary>One recorded run with the batches and features that are claimed for it, as <c>lace score</c> reads it.</summary>
/// <remarks>
/// A JSON object: <c>id</c>, <c>step[]</c>, <c>loss[]</c> (null where not finite, with <c>loss_nonfinite</c> [[index, "nan"|"inf"|"-inf"]]),
/// <c>batches[][]</c> (record indices of each point), <c>records[][]</c> (the 13 features, nats in hundredths), and optionally
/// <c>tokens[]</c>, <c>segment[]</c> (epoch of each point), <c>label</c>, <c>kind</c>, <c>note</c>. Other members are ignored. Format: <c>docs/trajectory.md</c> §6.
/// </remarks>
public sealed record RunFile
{
    /// <summary>Largest file, in bytes.</summary>
    public const int MaxBytes = 64 << 20;

    private const long LargestInteger = 1L << 53;

    private RunFile() { }

    public required string Id { get; init; }

    /// <summary>What the file says it is (true, decoy, partial, limit, edge); empty where it says nothing.</summary>
    public required string Label { get; init; }

    public required string Kind { get; init; }

    public required string Note { get; init; }

    public required IReadOnlyList<LossPoint> Points { get; init; }

    public required IReadOnlyList<RecordFeatures> Records { get; init; }

    /// <summary>Features of a record index; null outside the file's records.</summary>
    public RecordFeatures? FeaturesOf(int record) => record >= 0 && record < Records.Count ? Records[record] : null;

    /// <summary>Reads a run file.</summary>
    /// <exception cref="RunFileException">The bytes are no run file; the message names the member and what is wrong with it.</exception>
    public static RunFile Parse(ReadOnlyMemory<byte> utf8)
    {
        if (utf8.Length > MaxBytes)
        {
            throw new RunFileException($"the file is larger than {MaxBytes} bytes");
        }

        try
        {
            using var document = JsonDocument.Parse(utf8, new() { AllowDuplicateProperties = false, MaxDepth = 16 });
            return Read(document.RootElement);
        }
        catch (JsonException exception)
        {
            throw new RunFileException("the file is not valid JSON: " + exception.Message, exception);
        }
        catch (InvalidOperationException exception)
        {
            // System.Text.Json reports text that is no Unicode, such as a lone surrogate, this way.
            throw new RunFileException("the file holds text that is not valid Unicode", exception);
        }
    }

    private static RunFile Read(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw new RunFileException("the file is not a JSON object");
        }

        var records = Features(root);
        var steps = Integers(Array(root, "step"), "step");
        var losses = Losses(root, steps.Length);
        var batches = Batches(root, steps.Length, records.Length);
        var tokens = OptionalIntegers(root, "tokens", steps.Length);
        var epochs = OptionalIntegers(root, "segment", steps.Length);
        var points = new LossPoint[steps.Length];
        for (var i = 0; i < points.Length; i++)
        {
            if (epochs?[i] > int.MaxValue)
            {
                throw new RunFileException($"segment[{i}] is too large");
            }

            points[i] = new(steps[i], losses[i], [new(batches[i], (int?)epochs?[i])], tokens?[i]);
        }

        return new()
        {
            Id = Text(root, "id") ?? throw new RunFileException("id is missing"),
            Label = Text(root, "label") ?? "",
            Kind = Text(root, "kind") ?? "",
            Note = Text(root, "note") ?? "",
            Points = points,
            Records = records,
        };
    }

    private static double[] Losses(JsonElement root, int count)
    {
        var named = NonFinite(root, count);
        var elements = Array(root, "loss");
        Matches(elements, count, "loss");
        var losses = new double[count];
        var i = 0;
        foreach (var element in elements.EnumerateArray())
        {
            if (element.ValueKind == JsonValueKind.Null)
            {
                losses[i] = named.TryGetValue(i, out var value)
                    ? value
                    : throw new RunFileException($"loss[{i}] is null but loss_nonfinite does not name it");
            }
            else if (named.ContainsKey(i))
            {
                throw new RunFileException($"loss_nonfinite names index {i}, but loss[{i}] is not null");
            }
            else
            {
                losses[i] =
                    element.ValueKind == JsonValueKind.Number
                    && element.TryGetDouble(out var value)
                    && double.IsFinite(value)
                        ? value
                        : throw new RunFileException($"loss[{i}] is not a finite number or null");
            }

            i++;
        }

        return losses;
    }

    private static Dictionary<int, double> NonFinite(JsonElement root, int count)
    {
        var named = new Dictionary<int, double>();
        if (!root.TryGetProperty("loss_nonfinite", out var entries) || entries.ValueKind == JsonValueKind.Null)
        {
            return named;
        }

        if (entries.ValueKind != JsonValueKind.Array)
        {
            throw new RunFileException("loss_nonfinite is not an array");
        }

        foreach (var entry in entries.EnumerateArray())
        {
            var readable =
                entry.ValueKind == JsonValueKind.Array
                && entry.GetArrayLength() == 2
                && entry[0].ValueKind == JsonValueKind.Number
                && entry[1].ValueKind == JsonValueKind.String;
            var index = -1;
            if (!readable || !entry[0].TryGetInt32(out index) || index < 0 || index >= count)
            {
                throw new RunFileException(
                    "loss_nonfinite holds an entry that is not [index of a loss, \"nan\" | \"inf\" | \"-inf\"]"
                );
            }

            var value = entry[1].GetString() switch
            {
                "nan" => double.NaN,
                "inf" => double.PositiveInfinity,
                "-inf" => double.NegativeInfinity,
                _ => throw new RunFileException($"loss_nonfinite gives index {index} a word other than nan, inf, -inf"),
            };
            if (!named.TryAdd(index, value))
            {
                throw new RunFileException($"loss_nonfinite names index {index} twice");
            }
        }

        return named;
    }

    private static int[][] Batches(JsonElement root, int count, int records)
    {
        var elements = Array(root, "batches");
        Matches(elements, count, "batches");
        var batches = new int[count][];
        var i = 0;
        foreach (var element in elements.EnumerateArray())
        {
            var indices = Integers(element, $"batches[{i}]");
            if (indices.Length == 0)
            {
                throw new RunFileException($"batches[{i}] is empty");
            }

            batches[i] = System.Array.ConvertAll(
                indices,
                index =>
                    index < records
                        ? (int)index
                        : throw new RunFileException($"batches[{i}] names record {index} of {records} records")
            );
            i++;
        }

        return batches;
    }

    private static RecordFeatures[] Features(JsonElement root)
    {
        var elements = Array(root, "records");
        var records = new RecordFeatures[elements.GetArrayLength()];
        var i = 0;
        foreach (var element in elements.EnumerateArray())
        {
            var values = Integers(element, $"records[{i}]");
            if (values.Length != RecordFeatures.Count)
            {
                throw new RunFileException($"records[{i}] has {values.Length} numbers, not {RecordFeatures.Count}");
            }

            values.CopyTo((Span<long>)records[i]);
            i++;
        }

        return records;
    }

    private static long[]? OptionalIntegers(JsonElement root, string name, int count)
    {
        if (!root.TryGetProperty(name, out var elements) || elements.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        var values = Integers(elements, name);
        Matches(elements, count, name);
        return values;
    }

    private static long[] Integers(JsonElement array, string name)
    {
        if (array.ValueKind != JsonValueKind.Array)
        {
            throw new RunFileException($"{name} is not an array");
        }

        var values = new long[array.GetArrayLength()];
        var i = 0;
        foreach (var element in array.EnumerateArray())
        {
            values[i] =
                element.ValueKind == JsonValueKind.Number
                && element.TryGetInt64(out var value)
                && value is >= 0 and < LargestInteger
                    ? value
                    : throw new RunFileException($"{name}[{i}] is not an integer from 0 to 2^53");
            i++;
        }

        return values;
    }

    private static JsonElement Array(JsonElement root, string name) =>
        !root.TryGetProperty(name, out var value) ? throw new RunFileException($"{name} is missing")
        : value.ValueKind == JsonValueKind.Array ? value
        : throw new RunFileException($"{name} is not an array");

    private static void Matches(JsonElement array, int count, string name)
    {
        if (array.GetArrayLength() != count)
        {
            throw new RunFileException($"{name} has {array.GetArrayLength()} entries, but step has {count}");
        }
    }

    private static string? Text(JsonElement root, string name) =>
        !root.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null ? null
        : value.ValueKind == JsonValueKind.String ? value.GetString()
        : throw new RunFileException($"{name} is not a string");
}

/// <summary>Bytes that are no run file.</summary>
public sealed class RunFileException : Exception
{
    public RunFileException() { }

    public RunFileException(string message)
        : base(message) { }

    public RunFileException(string message, Exception innerException)
        : base(message, innerException) { }
}
