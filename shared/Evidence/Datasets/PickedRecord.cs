namespace Lace.Evidence.Datasets;

/// <summary>A record as it stands in a dataset.</summary>
/// <param name="IsPlain">Whether its file is plain text, so that nothing in it is read as JSON.</param>
/// <param name="Content">Its canonical bytes.</param>
public sealed record PickedRecord(long Index, bool IsPlain, ReadOnlyMemory<byte> Content)
{
    /// <summary>Reads the sources once more and takes the records at some places.</summary>
    /// <param name="indices">Ascending, each once, each below the number of records.</param>
    /// <exception cref="DatasetException">A source cannot be read.</exception>
    public static IReadOnlyList<PickedRecord> Read(
        IReadOnlyList<DatasetSource> sources,
        IReadOnlyList<long> indices,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(indices);
        var picked = new List<PickedRecord>();
        var batch = new RecordBatch();
        foreach (var _ in new RecordFeed(sources, () => batch).Batches())
        {
            cancellationToken.ThrowIfCancellationRequested();
            for (; picked.Count < indices.Count && indices[picked.Count] < batch.FirstIndex + batch.Count; )
            {
                var index = indices[picked.Count];
                picked.Add(
                    new PickedRecord(
                        index,
                        batch.Source.Format is DatasetFormat.Text or DatasetFormat.File,
                        batch[(int)(index - batch.FirstIndex)].ToArray()
                    )
                );
            }

            if (picked.Count == indices.Count)
            {
                break;
            }
        }

        return picked;
    }
}
