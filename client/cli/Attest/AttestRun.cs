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
        var filter = options.Filter is { } wanted ? new FilterBuilder(DrySettings(wanted.Tier), Stream.Null) : null;
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
            bytes += (blocks * BlockedBloomFilter.BlockSize) + FilterHeaders(FilterPart.CountOf(blocks), blocks);
            filtered = new FilterStatement(
                new string('0', 64),
                blocks,
                filter.Counts.Keys,
                filter.Distinct,
                (long)FalsePositives.ExpectedBits(filter.Distinct, blocks),
                filter.Counts.ShortRecords,
                filter.Settings.Tier == FingerprintTier.Public ? SkippedCounts.Of(filter.Counts.Skipped) : null
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
        var (state, progress) = await StartAsync(api, stateFile, survey, request, cancellationToken);
        var uploads = new ChunkUploads(api, progress);
        using var spool = state.Filter is null ? null : FilterSpool.Open(host.StateFolder);
        var filter = state.Filter is { } material
            ? new FilterBuilder(material.Settings(options.Filter!.Tier), spool!)
            : null;
        using (dataset.Reading("2/2 commit", !options.Quiet))
        {
            await uploads.SendAsync(
                stop =>
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

        var root = DatasetRoot.FromChunkRoots(uploads.Roots.ToArray()).ToString();
        var filtered = filter is null
            ? null
            : await new FilterUploads(api, progress).SendAsync(filter, cancellationToken);
        await api.PostAsync(
            $"v1/attestations/{progress.Id}/complete",
            new CompletionRequest(survey.Records, root, uploads.Roots.Count, survey.Statistics, filtered),
            CliJson.Default.CompletionRequest,
            CliJson.Default.AttestationProgress,
            null,
            cancellationToken
        );
        var receipt = new Receipt(
            progress.Id,
            config.Address,
            root,
            survey.Records,
            state.KSalt,
            request.Dataset,
            survey.Fingerprints,
            host.Time.GetUtcNow(),
            filtered is null
                ? null
                : new FilterReceipt(options.Filter!.Tier, state.Filter!.Salt, state.Filter.Key, filtered.Root)
        );
        var path = Keep(receipt);
        stateFile.Delete();
        Print(
            new AttestResult(
                receipt.AttestationId,
                receipt.BaseUrl,
                root,
                survey.Records,
                uploads.Roots.Count,
                uploads.Sent,
                api.BytesSent,
                survey.Statistics,
                path,
                filtered
            )
        );
        return ExitCode.Ok;
    }

    // Goes on with the attestation in progress where it is of this data and the service still has it; else makes a new one.
    private async Task<(AttestState State, AttestationProgress Progress)> StartAsync(
        LaceApi api,
        AttestStateFile stateFile,
        DatasetSurvey survey,
        AttestationRequest request,
        CancellationToken cancellationToken
    )
    {
        var earlier = stateFile.Load();
        if (earlier is { AttestationId: { } id } && earlier.Fingerprint == survey.Fingerprint)
        {
            if (await FindAsync(api, id, cancellationToken) is { Status: "uploading" or "complete" } found)
            {
                Note($"Going on with {id}.");
                return (earlier, found);
            }

            Note($"The service no longer has {id}: starting a new attestation.");
            earlier = null;
        }
        else if (earlier is not null && earlier.Fingerprint != survey.Fingerprint)
        {
            host.Warn(
                $"the data changed since {earlier.AttestationId ?? "the attestation"} was begun: starting a new one."
            );
            earlier = null;
        }

        var state = earlier ?? AttestState.New(survey.Fingerprint);
        stateFile.Save(state);
        var created = await api.PostAsync(
            "v1/attestations",
            request,
            CliJson.Default.AttestationRequest,
            CliJson.Default.AttestationCreated,
            state.IdempotencyKey,
            cancellationToken
        );
        if (created.ChunkRecords != DatasetChunk.Records)
        {
            throw new CliException(
                $"The service wants chunks of {created.ChunkRecords} records, this program makes {DatasetChunk.Records}. Install its version.",
                ExitCode.Unavailable
            );
        }

        if (options.Filter is not null && created.Fingerprints is null)
        {
            throw new CliException(
                "The service gave no salt for the fingerprints. Install its version, or give --fingerprints none.",
                ExitCode.Unavailable
            );
        }

        state = state with { AttestationId = created.Id, Filter = created.Fingerprints };
        stateFile.Save(state);
        return (state, new AttestationProgress(created.Id, created.Status, null));
    }

    private static async Task<AttestationProgress?> FindAsync(
        LaceApi api,
        string id,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return await api.GetAsync($"v1/attestations/{id}", CliJson.Default.AttestationProgress, cancellationToken);
        }
        catch (ApiException refusal) when (refusal.Status == 404)
        {
            return null;
        }
    }

    private string Keep(Receipt receipt)
    {
        var folder = Path.Combine(host.StateFolder, "receipts");
        PrivateFiles.CreateFolder(folder);
        var path = Path.Combine(folder, receipt.AttestationId + ".json");
        PrivateFiles.Write(path, JsonSerializer.SerializeToUtf8Bytes(receipt, CliJson.Indented.Receipt));
        var current = Path.Combine(host.WorkingDirectory, ".lace");
        Directory.CreateDirectory(current);
        PrivateFiles.Write(
            Path.Combine(current, "current.json"),
            JsonSerializer.SerializeToUtf8Bytes(
                new CurrentAttestation(receipt.AttestationId, receipt.BaseUrl, receipt.Root, receipt.Records),
                CliJson.Indented.CurrentAttestation
            )
        );
        return path;
    }

    private void Print(AttestResult result)
    {
        if (options.Json)
        {
            host.Output.WriteLine(JsonSerializer.Serialize(result, CliJson.Default.AttestResult));
            return;
        }

        var statistics = result.Statistics;
        host.Output.WriteLine(
            $"""
            attestation  {result.AttestationId}
            root         {result.Root}
            records      {result.Records:N0}, {statistics.Bytes:N0} bytes, {statistics.TrainedBytes:N0} of them trained on
            duplicates   {(statistics.DuplicatesSample == 1 ? "" : "about ")}{statistics.Duplicates:N0}
            sent         {result.BytesSent:N0} bytes: the statement, {result.ChunksSent:N0} of {result.Chunks:N0} chunks (a salted digest and 13 numbers a record), {(
                result.Fingerprints is null ? "" : "the filter, "
            )}the counts above; no text
            {FilterLine(result.Fingerprints)}receipt      {result.Receipt}
            """
        );
        Note(
            "Keep the receipt: it holds the key that opens single records later. Training scripts in this folder find the attestation in .lace/current.json."
        );
    }

    private string FilterLine(FilterStatement? filter) =>
        filter is null
            ? ""
            : $"filter       {options.Filter!.Tier switch { FingerprintTier.Public => "T0, public", FingerprintTier.Keyed => "T2, keyed", _ => "T1, private" }}: {filter.Keys:N0} fingerprints, about {filter.Distinct:N0} different, {filter.Blocks * BlockedBloomFilter.BlockSize:N0} bytes; `lace check --id ID --text FILE` asks it\n";

    private static FingerprintSettings DrySettings(FingerprintTier tier) =>
        new(
            tier,
            RandomNumberGenerator.GetBytes(FingerprintScheme.SaltSize),
            tier == FingerprintTier.Keyed
                ? RandomNumberGenerator.GetBytes(FingerprintScheme.KeySize)
                : (ReadOnlyMemory<byte>?)null
        );

    private static int FilterHeaders(int parts, long blocks)
    {
        var filter = 0;
        for (var part = 0; part < parts; part++)
        {
            var count = Math.Min(FilterPart.Blocks, blocks - ((long)part * FilterPart.Blocks));
            filter += FilterPart.Header("lace-00000000-000000-000000", part, (int)count).Length;
        }

        return filter;
    }

    private void Note(string text)
    {
        if (!options.Quiet)
        {
            host.Note(text);
        }
    }
}
