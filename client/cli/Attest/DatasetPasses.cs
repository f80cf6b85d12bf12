using Lace.Evidence.Datasets;
using Lace.Evidence.Transparency;

namespace Lace.Cli.Attest;

/// <summary>The two readings of a dataset, with their progress.</summary>
internal sealed class DatasetPasses(DatasetFiles dataset, AttestOptions options)
{
    public DatasetSurvey Survey(CancellationToken cancellationToken)
    {
        using var bar = dataset.Reading("1/2 count ", !options.Quiet);
        return DatasetSurvey.Take(dataset.Sources, options.Part, options.Jobs, cancellationToken);
    }

    /// <summary>The root alone; nothing is sent or kept.</summary>
    public MerkleHash Root(DatasetSurvey survey, ReadOnlyMemory<byte> saltKey, CancellationToken cancellationToken)
    {
        using var bar = dataset.Reading("2/2 commit", !options.Quiet);
        var chunks = DatasetCommitment.Chunks(survey, "", saltKey, options.Jobs, null, cancellationToken);
        return DatasetRoot.FromChunkRoots([.. chunks.Select(chunk => chunk.Root)]);
    }
}
