using System.Text;
using System.Text.Json;
using Lace.Cli.Attest;
using Lace.Cli.Exclusion;
using Lace.Cli.Log;
using Lace.Cli.Verify;
using Lace.Evidence.Datasets;
using Lace.Evidence.Fingerprints;
using Lace.Evidence.RecordAudits;
using Lace.Evidence.Statements;
using Lace.Evidence.Transparency.Notes;
using Lace.Evidence.Transparency.Tiles;

namespace Lace.Cli.RecordAudits;

/// <summary>What was given to the owner's side of <c>lace audit-records</c>.</summary>
internal sealed record RecordAuditOptions(
    string Id,
    int Sample,
    IReadOnlyList<string> Dataset,
    string? Salt,
    string? Checkpoint,
    string Out,
    bool Json,
    bool Quiet
);

/// <summary>What it prints with <c>--json</c>.</summary>
internal sealed record RecordAuditMade(
    string AttestationId,
    string File,
    long Records,
    int Opened,
    long CheckpointSize,
    long Bytes
);

/// <summary>The owner's side: statement and checkpoint from the service, everything else from the dataset.</summary>
internal sealed class RecordAuditRun(CommandHost host, LaceConfig config, RecordAuditOptions options)
{
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        config.RequireKey();
        using var api = new LaceApi(config, host, options.Quiet);
        var signed = At(await FilterOfService.StatementAsync(api, options.Id, cancellationToken));
        if (signed.Read() is not { Fingerprints: { IsValid: true } filter } dataset || dataset.Id != options.Id)
        {
            throw new CliException(
                "The statement that the service gave commits to no filter of this attestation that this program knows. Install its version.",
                ExitCode.Unavailable
            );
        }

        var checkpoint =
            SignedNote.TryParse(signed.Checkpoint, out var note) && Checkpoint.TryParse(note.Text, out var read)
                ? read
                : throw new CliException("The service's checkpoint is malformed.", ExitCode.Unavailable);
        var indices = RecordSample.Draw(
            checkpoint,
            dataset.Dataset.Root,
            filter.Root,
            dataset.Dataset.Records,
            options.Sample
        );
        var own = new OwnDataset(host, options.Dataset, options.Salt, options.Quiet);
        using var files = await own.OpenAsync(dataset, cancellationToken);
        var audit = await Task.Run(
            () => Open(own, files, signed, dataset, filter, indices, cancellationToken),
            cancellationToken
        );
        var bytes = audit.Write();
        if (bytes.Length > RecordAudit.MaxBytes)
        {
            throw new CliException(
                $"The records take {bytes.Length:N0} bytes, an audit has at most {RecordAudit.MaxBytes:N0}: open fewer.",
                ExitCode.Usage
            );
        }

        var path = Path.GetFullPath(options.Out, host.WorkingDirectory);
        PrivateFiles.Write(path, bytes);
        Print(
            new RecordAuditMade(dataset.Id, path, dataset.Dataset.Records, indices.Count, checkpoint.Size, bytes.Length)
        );
        return ExitCode.Ok;
    }

    private RecordAudit Open(
        OwnDataset own,
        DatasetFiles files,
        SignedFilter signed,
        DatasetPredicate dataset,
        CommittedFilter filter,
        IReadOnlyList<long> indices,
        CancellationToken cancellationToken
    )
    {
        var saltKey = own.SaltKey(dataset.Id);
        var key = filter.Tier == FingerprintTier.Keyed ? own.FilterKey(dataset.Id) : (ReadOnlyMemory<byte>?)null;
        using var spool = FilterSpool.Of(
            host.StateFolder,
            new FingerprintSettings(filter.Tier, filter.SaltBytes, key, filter.Bands is not null)
        );
        var builder = spool.Builder;
        var openings = new RecordOpenings(indices);
        var passes = new DatasetPasses(files, own.Options(null, dataset.Dataset.Part));
        passes.Open(passes.Survey(cancellationToken), dataset.Id, saltKey, builder, openings, cancellationToken);
        var held = new HeldFilter(builder.Build(cancellationToken: cancellationToken));
        var heldBands = builder.Bands is { } bands
            ? new HeldFilter(bands.Build(cancellationToken: cancellationToken))
            : null;
        if (
            openings.Root != dataset.Dataset.Root
            || held.Root != filter.Root
            || (heldBands is not null && heldBands.Root != filter.Bands!.Root)
        )
        {
            throw new CliException(
                $"This is not the dataset of {dataset.Id}, or not its receipt: {(openings.Root != dataset.Dataset.Root ? "its root" : "the root of its filter")} is another one.",
                ExitCode.BadDataset
            );
        }

        var audit = new RecordAudit(
            signed,
            openings.Open(passes.Pick(indices, cancellationToken), saltKey),
            key,
            new OpenedBlocks(default, [])
        );
        var (fingerprints, bandKeys) = RecordAuditVerification.KeysOf(audit);
        return audit with
        {
            Opened = fingerprints.Count == 0 ? audit.Opened : held.Open(fingerprints),
            OpenedBands = bandKeys.Count == 0 ? null : heldBands!.Open(bandKeys),
        };
    }

    /// <summary>The statement with proofs to the checkpoint that the auditor named.</summary>
    private SignedFilter At(SignedFilter signed)
    {
        if (options.Checkpoint is not { } path)
        {
            return signed;
        }

        var shown = LogCheckpoint.Parse(SmallFiles.Read(path, SignedNote.MaxBytes, host), [], path);
        using var log = HttpLogFiles.Open(config.Address, host, options.Quiet);
        var tiles = new LogTiles(log);
        return signed with
        {
            Statement = signed.Statement with
            {
                P256 = Proof(signed.Statement.P256.Index),
                Hybrid = Proof(signed.Statement.Hybrid.Index),
            },
            Checkpoint = shown.Note.ToString(),
        };

        Lace.Evidence.Bundles.LogProof Proof(long index) =>
            index < shown.Checkpoint.Size
                ? new(index, tiles.Compute(TileProof.Inclusion(index, shown.Checkpoint.Size)))
                : throw new CliException(
                    $"{path} is from before the attestation was logged: a sample of it was known when the dataset was committed.",
                    ExitCode.Usage
                );
    }

    private void Print(RecordAuditMade made)
    {
        host.Output.WriteLine(
            options.Json
                ? JsonSerializer.Serialize(made, CliJson.Default.RecordAuditMade)
                : $"{made.Opened:N0} of {made.Records:N0} records, drawn from the checkpoint of {made.CheckpointSize:N0} entries, in {made.Bytes:N0} bytes: {made.File}"
        );
        if (!options.Quiet)
        {
            host.Note("The file holds the text of these records: give it to the auditor alone.");
        }
    }
}
