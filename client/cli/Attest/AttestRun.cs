using System.Security.Cryptography;
using System.Text.Json;
using Lace.Evidence.Datasets;
using Lace.Evidence.Fingerprints;

namespace Lace.Cli.Attest;

/// <summary>One call of <c>lace attest</c>, from the files to the receipt.</summary>
/// <remarks>
/// The order of writes makes a kill at any point harmless: the state with the salt key is on disk before the attestation exists, and it is
/// removed only after the receipt, which repeats the key, is.
/// </remarks>
internal sealed class AttestRun(CommandHost host, LaceConfig config, AttestOptions options)
{
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        if (!options.DryRun)
        {
            config.RequireKey();
        }

        using var state = options.DryRun
            ? null
            : AttestStateFile.Open(host.StateFolder, config.BaseUrl, options, host.WorkingDirectory);
        using var dataset = await DatasetFiles.OpenAsync(host, options, cancellationToken);
        var survey = await Task.Run(
            () => new DatasetPasses(dataset, options).Survey(cancellationToken),
            cancellationToken
        );
        foreach (var hint in options.Quiet ? [] : dataset.Hints())
        {
            host.Note("hint: " + hint);
        }

        var request = new AttestationRequest(
            options.Name ?? dataset.DefaultName,
            options.Metadata,
            new DatasetDescription(dataset.Format, options.Part, dataset.Count),
            options.Plan,
            options.Filter
        );
        if (state is null)
        {
            return await Task.Run(() => DryRun(dataset, survey, request, cancellationToken), cancellationToken);
        }

        try
        {
            return await AttestAsync(state, dataset, survey, request, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            Note("The same command again goes on with this upload.");
            throw;
        }
    }

    private int DryRun(
        DatasetFiles dataset,
        DatasetSurvey survey,
        AttestationRequest request,
        CancellationToken cancellationToken
    )
    {
        using var bar = dataset.Reading("2/2 commit", !options.Quiet);
        var salt = RandomNumberGenerator.GetBytes(DatasetCommitment.SaltKeySize);
        var filter = options.Filter is { } wanted ? DryBuilder(wanted) : null;
        // An id of the same length as a real one, so that the number of bytes is right.
        var (chunks, bytes) = (0, 0L);
        foreach (
            var chunk in DatasetCommitment.Chunks(
                survey,
                "lace-00000000-000000-000000",
                salt,
                options.Jobs,
                filter,
                cancellationToken
            )
        )
        {
            chunks++;
            bytes += chunk.Bytes.Length;
        }

        bytes += JsonSerializer.SerializeToUtf8Bytes(request, CliJson.Default.AttestationRequest).Length;
        FilterStatement? filtered = null;
        if (filter is not null)
        {
            // The salt that the service will draw changes the estimate of different fingerprints, and so the size, a little.
            var blocks = BlockedBloomFilter.BlocksFor(filter.Distinct);
            bytes += FilterBytes(blocks, FilterContent.Fingerprints);
            var bandBlocks = filter.Bands is { } bands ? BlockedBloomFilter.BlocksFor(bands.Distinct) : 0;
            bytes += FilterBytes(bandBlocks, FilterContent.Bands);
            filtered = new FilterStatement(
                new string('0', 64),
                blocks,
                filter.Counts.Keys,
                filter.Distinct,
                (long)FalsePositives.ExpectedBits(filter.Distinct, blocks),
                filter.Counts.ShortRecords,
                filter.Settings.Tier == FingerprintTier.Public ? SkippedCounts.Of(filter.Counts.Skipped) : null,
                filter.Bands is null
                    ? null
                    : new BandsStatement(
                        new string('0', 64),
                        bandBlocks,
                        filter.Bands.Counts.Keys,
                        filter.Bands.Distinct,
                        (long)FalsePositives.ExpectedBits(filter.Bands.Distinct, bandBlocks),
                        filter.Bands.Counts.ShortRecords
                    )
            );
        }

        var completion = new CompletionRequest(
            survey.Records,
            new string('0', 64),
            chunks,
            survey.Statistics,
            filtered
        );
        bytes += JsonSerializer.SerializeToUtf8Bytes(completion, CliJson.Default.CompletionRequest).Length;
        var result = new DryRunResult(request, survey.Records, chunks, survey.Statistics, bytes);
        bar.Dispose();
        host.Output.WriteLine(
            options.Json
                ? JsonSerializer.Serialize(result, CliJson.Default.DryRunResult)
                : JsonSerializer.Serialize(result, CliJson.Indented.DryRunResult)
        );
        return ExitCode.Ok;
    }

    private async Task<int> AttestAsync(
        AttestStateFile stateFile,
        DatasetFiles dataset,
        DatasetSurvey survey,
        AttestationRequest request,
        CancellationToken cancellationToken
    )
    {
        using var api = new LaceApi(config, host, options.Quiet);
        var upload = new AttestUpload(host, config, options, api, stateFile);
        var (state, progress) = await upload.StartAsync(survey, request, cancellationToken);
        return await upload.CompleteAsync(
            state,
            progress,
            survey,
            request,
            () => dataset.Reading("2/2 commit", !options.Quiet),
            (filter, stop) =>
                DatasetCommitment.Chunks(
                    survey,
                    progress.Id,
                    Convert.FromBase64String(state.KSalt),
                    options.Jobs,
                    filter,
                    stop
                ),
            cancellationToken
        );
    }

    private static FilterBuilder DryBuilder(FilterRequest wanted)
    {
        var settings = new FingerprintSettings(
            wanted.Tier,
            RandomNumberGenerator.GetBytes(FingerprintScheme.SaltSize),
            wanted.Tier == FingerprintTier.Keyed
                ? RandomNumberGenerator.GetBytes(FingerprintScheme.KeySize)
                : (ReadOnlyMemory<byte>?)null,
            wanted.NearDuplicates
        );
        return new FilterBuilder(settings, Stream.Null)
        {
            Bands = wanted.NearDuplicates ? new FilterBuilder(settings, Stream.Null) : null,
        };
    }

    private static long FilterBytes(long blocks, FilterContent content)
    {
        var bytes = blocks * BlockedBloomFilter.BlockSize;
        for (var part = 0; part < FilterPart.CountOf(blocks); part++)
        {
            var count = Math.Min(FilterPart.Blocks, blocks - ((long)part * FilterPart.Blocks));
            bytes += FilterPart.Header("lace-00000000-000000-000000", part, (int)count, content).Length;
        }

        return bytes;
    }

    private void Note(string text)
    {
        if (!options.Quiet)
        {
            host.Note(text);
        }
    }
}
