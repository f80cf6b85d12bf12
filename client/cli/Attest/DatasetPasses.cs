using Lace.Evidence.Datasets;
using Lace.Evidence.Fingerprints;
using Lace.Evidence.RecordAudits;
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

    /// <summary>Commits once more, for somebody who keeps of it what opens records; nothing is sent.</summary>
    /// <param name="filter">Given all fingerprints.</param>
    public void Open(
        DatasetSurvey survey,
        string attestationId,
        ReadOnlyMemory<byte> saltKey,
        FilterBuilder filter,
        RecordOpenings openings,
        CancellationToken cancellationToken
    )
    {
        using var bar = dataset.Reading("2/3 commit", !options.Quiet);
        foreach (
            var chunk in DatasetCommitment.Chunks(
                survey,
                attestationId,
                saltKey,
                options.Jobs,
                filter,
                cancellationToken
            )
        )
        {
            openings.Add(chunk, attestationId);
        }
    }

    /// <summary>The records at some places.</summary>
    public IReadOnlyList<PickedRecord> Pick(IReadOnlyList<long> indices, CancellationToken cancellationToken)
    {
        using var bar = dataset.Reading("3/3 open  ", !options.Quiet);
        return PickedRecord.Read(dataset.Sources, indices, cancellationToken);
    }
}
