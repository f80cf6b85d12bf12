using Lace.Privacy;
using Lace.Torch;
using Lace.Worker.Models;

namespace Lace.Worker.Training;

/// <summary>The safetensors payload of a state: which tensors it has to hold, and the reading of one that holds nothing else.</summary>
/// <remarks>Names: <c>model.</c>, <c>optimizer.</c> and <c>sum.</c> before the parameter's own.</remarks>
internal sealed class TrainingState
{
    private readonly Dictionary<string, Tensor> tensors;

    private TrainingState(StateHeader header, Dictionary<string, Tensor> tensors) =>
        (Header, this.tensors) = (header, tensors);

    public StateHeader Header { get; }

    public Tensor this[string name] => tensors[name];

    /// <summary>Reads all of it, and only then says yes: nothing of a state that is refused gets anywhere.</summary>
    /// <param name="expected">What it has to hold, by what its header says; a sentence where the header itself is refused.</param>
    /// <exception cref="TrainingRefusedException">It is no state, is damaged, or is one of another training.</exception>
    public static TrainingState Read(
        Stream stream,
        Func<StateHeader, (string? Refusal, IReadOnlyList<StateTensor>)> expected
    )
    {
        try
        {
            var reader = new SafeTensorsReader(stream);
            var header = StateHeader.Of(reader.Header.Metadata);
            var (refusal, wanted) = expected(header);
            refusal ??= Difference(reader.Header.Entries, wanted);
            if (refusal is not null)
            {
                throw new TrainingRefusedException(refusal);
            }

            var read = new Dictionary<string, Tensor>(StringComparer.Ordinal);
            while (reader.Next())
            {
                read.Add(reader.Current.Name, reader.Read());
            }

            return new(header, read);
        }
        catch (ModelException damaged)
        {
            throw new TrainingRefusedException($"The training state is damaged: {damaged.Message}");
        }
    }

    public static PrivacyHistory HistoryOf(StateHeader header)
    {
        try
        {
            return header.History.Aggregate(
                PrivacyHistory.Empty,
                (history, phase) => history.With(new(phase.SampleRate, phase.NoiseMultiplier), phase.Steps)
            );
        }
        catch (ArgumentException impossible)
        {
            throw new TrainingRefusedException($"The state's history of steps cannot be: {impossible.Message}");
        }
    }

    private static string? Difference(IReadOnlyList<SafeTensorEntry> entries, IReadOnlyList<StateTensor> wanted)
    {
        var found = entries.ToDictionary(entry => entry.Name, StringComparer.Ordinal);
        foreach (var tensor in wanted)
        {
            if (!found.Remove(tensor.Name, out var entry))
            {
                return $"The state has no tensor {tensor.Name}.";
            }

            if (entry.Kind != ElementKinds.Of(tensor.Type) || !entry.Shape.AsSpan().SequenceEqual(tensor.Shape))
            {
                return $"The state's tensor {tensor.Name} is {entry.Kind} [{string.Join(", ", entry.Shape)}]; "
                    + $"{ElementKinds.Of(tensor.Type)} [{string.Join(", ", tensor.Shape)}] is wanted.";
            }
        }

        return found.Count == 0 ? null : $"The state has a tensor that belongs nowhere: {found.Keys.First()}.";
    }
}

/// <summary>A tensor that a state holds.</summary>
internal sealed record StateTensor(string Name, ScalarType Type, long[] Shape)
{
    public static StateTensor Of(string name, Tensor tensor) => new(name, tensor.dtype, tensor.shape);
}
