using System.Text.Json;
using Lace.Evidence.Datasets;
using Lace.Evidence.Fingerprints;

namespace Lace.Cli.Attest;

/// <summary>The half of <c>lace attest</c> that speaks with the service: begins an attestation or goes on with it, sends it, completes it, keeps the receipt.</summary>
internal sealed class AttestUpload(
    CommandHost host,
    LaceConfig config,
    AttestOptions options,
    LaceApi api,
    AttestStateFile stateFile
)
{
    /// <summary>Goes on with the attestation in progress where it is of this data and the service still has it; else makes a new one.</summary>
    public async Task<(AttestState State, AttestationProgress Progress)> StartAsync(
        DatasetSurvey survey,
        AttestationRequest request,
        CancellationToken cancellationToken
    )
    {
        var earlier = stateFile.Load();
        if (earlier is { AttestationId: { } id } && earlier.Fingerprint == survey.Fingerprint)
        {
            if (await FindAsync(id, cancellationToken) is { Status: "uploading" or "complete" } found)
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

        if (options.Filter?.NearDuplicates == true && created.Fingerprints is { NearDuplicates: false })
        {
            host.Warn("the service takes no filter for near-duplicates: none is made.");
        }

        state = state with { AttestationId = created.Id, Filter = created.Fingerprints };
        stateFile.Save(state);
        return (state, new AttestationProgress(created.Id, created.Status, null));
    }

    /// <summary>Sends what the service lacks, completes the attestation, keeps the receipt and prints it.</summary>
    /// <param name="reading">Shows the progress until it is disposed.</param>
    /// <param name="chunks">All chunks in order; by their end the builder has all fingerprints.</param>
    public async Task<int> CompleteAsync(
        AttestState state,
        AttestationProgress progress,
        DatasetSurvey survey,
        AttestationRequest request,
        Func<IDisposable> reading,
        Func<FilterBuilder?, CancellationToken, IEnumerable<CommittedChunk>> chunks,
        CancellationToken cancellationToken
    )
    {
        var uploads = new ChunkUploads(api, progress);
        using var spool = state.Filter is { } material
            ? FilterSpool.Of(host.StateFolder, material.Settings(options.Filter!.Tier))
            : null;
        var filter = spool?.Builder;
        using (reading())
        {
            await uploads.SendAsync(stop => chunks(filter, stop), cancellationToken);
        }

        var root = DatasetRoot.FromChunkRoots(uploads.Roots.ToArray()).ToString();
        var filtered = filter is null
            ? null
            : await new FilterUploads(api, progress, options.Jobs).SendAsync(filter, cancellationToken);
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
                : new FilterReceipt(
                    options.Filter!.Tier,
                    state.Filter!.Salt,
                    state.Filter.Key,
                    filtered.Root,
                    filtered.NearDuplicates?.Root
                )
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

    private async Task<AttestationProgress?> FindAsync(string id, CancellationToken cancellationToken)
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
                result.Fingerprints is null ? ""
                : result.Fingerprints.NearDuplicates is null ? "the filter, "
                : "the filters, "
            )}the counts above; no text
            {FilterLine(result.Fingerprints)}{BandsLine(result.Fingerprints?.NearDuplicates)}receipt      {result.Receipt}
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

    private static string BandsLine(BandsStatement? bands) =>
        bands is null
            ? ""
            : $"near         {bands.Keys:N0} bands for near-duplicates, about {bands.Distinct:N0} different, {bands.Blocks * BlockedBloomFilter.BlockSize:N0} bytes; {bands.ShortRecords:N0} records are too short to have any\n";

    private void Note(string text)
    {
        if (!options.Quiet)
        {
            host.Note(text);
        }
    }
}
