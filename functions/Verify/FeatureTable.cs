using Lace.Evidence.LossLog;
using Lace.Evidence.Verification;
using Lace.Functions.Storage;
using Lace.Platform;

namespace Lace.Functions.Verify;

/// <summary>Committed features of the records that a run names, read from the stored chunks.</summary>
/// <param name="Damage">What was wrong with the chunks that were read; null where nothing was.</param>
internal sealed record FeatureTable(NamedFeatures Named, string? Damage)
{
    /// <exception cref="RunTooLargeException">The run names more than <see cref="NamedFeatures.MaxRecords"/> different records.</exception>
    public static async Task<FeatureTable> LoadAsync(
        Attestations attestations,
        TenantId tenant,
        Attestation attestation,
        RecordedRun? run,
        CancellationToken cancellationToken
    )
    {
        var named = NamedFeatures.Of(run, attestation.Dataset.Records ?? 0) ?? throw new RunTooLargeException();
        try
        {
            foreach (var number in named.Chunks)
            {
                named.Take(
                    number,
                    await attestations.ReadChunkAsync(tenant, attestation.Id, number, cancellationToken)
                );
            }

            return new FeatureTable(named, null);
        }
        catch (InvalidDataException damaged)
        {
            return new FeatureTable(named, damaged.Message);
        }
    }
}

/// <summary>The run is longer, or names more records, than can be held at once.</summary>
internal sealed class RunTooLargeException : Exception;
