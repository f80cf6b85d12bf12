using System.Text.Json;
using Lace.Cli.Attest;
using Lace.Evidence.Datasets;
using Lace.Evidence.Fingerprints;
using Lace.Evidence.Statements;
using Lace.Evidence.Transparency;

namespace Lace.Cli.Verify;

/// <summary>The root of a dataset that its owner has at hand, computed as the attested statement says it was.</summary>
/// <param name="paths">As they were given to <c>lace attest</c>, in the same order.</param>
/// <param name="saltFile">A receipt, or a file with the salt key alone in base64; null: the receipt that <c>lace attest</c> kept.</param>
internal sealed class OwnDataset(CommandHost host, IReadOnlyList<string> paths, string? saltFile, bool quiet)
{
    private const int MaxReceipt = 64 << 20;

    /// <exception cref="CliException">The salt key or a path is not there.</exception>
    /// <exception cref="DatasetException">The dataset cannot be read as it is.</exception>
    public async Task<MerkleHash> RootAsync(DatasetPredicate attested, CancellationToken cancellationToken)
    {
        var saltKey = SaltKey(attested.Id);
        using var dataset = await OpenAsync(attested, cancellationToken);
        var passes = new DatasetPasses(dataset, Options(null, attested.Dataset.Part));
        return await Task.Run(
            () => passes.Root(passes.Survey(cancellationToken), saltKey, cancellationToken),
            cancellationToken
        );
    }

    /// <summary>The files of the dataset, read as the statement says they were.</summary>
    /// <exception cref="CliException">A path is not there.</exception>
    public async Task<DatasetFiles> OpenAsync(DatasetPredicate attested, CancellationToken cancellationToken)
    {
        var described = attested.Dataset;
        var options = Options(described.Format == DatasetFormat.File ? DatasetFormat.File : null, described.Part);
        var dataset = await TryOpenAsync(options, described.Format, cancellationToken);
        if (dataset is not null && (dataset.Format == described.Format || described.Format == DatasetFormat.Mixed))
        {
            return dataset;
        }

        // The suffixes say otherwise, so --format was given then.
        dataset?.Dispose();
        return await DatasetFiles.OpenAsync(host, Options(described.Format, described.Part), cancellationToken);
    }

    /// <summary>The salt key of the dataset, from the receipt.</summary>
    /// <exception cref="CliException">The receipt is not there, or holds none.</exception>
    public byte[] SaltKey(string attestationId)
    {
        var (path, file) = Receipt(attestationId);
        var text = file is [(byte)'{', ..]
            ? Parsed(file)?.KSalt ?? ""
            : System.Text.Encoding.ASCII.GetString(file.AsSpan(0, Math.Min(file.Length, 100))).Trim();
        return Key(text, DatasetCommitment.SaltKeySize)
            ?? throw new CliException($"{path} holds no salt key.", ExitCode.Incomplete);
    }

    /// <summary>The key of a keyed filter, from the receipt.</summary>
    /// <exception cref="CliException">The receipt is not there, or holds none.</exception>
    public byte[] FilterKey(string attestationId)
    {
        var (path, file) = Receipt(attestationId);
        return Key(Parsed(file)?.Fingerprints?.Key ?? "", FingerprintScheme.KeySize)
            ?? throw new CliException($"{path} holds no key of a keyed filter.", ExitCode.Incomplete);
    }

    /// <summary>Null where the suffixes tell nothing, or nothing that goes with the attested part.</summary>
    private async Task<DatasetFiles?> TryOpenAsync(
        AttestOptions options,
        DatasetFormat attested,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return await DatasetFiles.OpenAsync(host, options, cancellationToken);
        }
        catch (CliException) when (attested is not (DatasetFormat.File or DatasetFormat.Mixed))
        {
            return null;
        }
    }

    public AttestOptions Options(DatasetFormat? format, DatasetPart part) =>
        new(
            paths,
            null,
            new Dictionary<string, string>(),
            null,
            format,
            part,
            Environment.ProcessorCount,
            DryRun: false,
            Json: false,
            quiet
        );

    private (string Path, byte[] Content) Receipt(string attestationId)
    {
        var path = saltFile ?? Path.Combine(host.StateFolder, "receipts", attestationId + ".json");
        return saltFile is not null || File.Exists(path)
            ? (path, SmallFiles.Read(path, MaxReceipt, host))
            : throw new CliException(
                $"There is no receipt of {attestationId} on this machine. Give the receipt that `lace attest` wrote: --salt FILE.",
                ExitCode.Usage
            );
    }

    private static byte[]? Key(string base64, int size)
    {
        var key = new byte[size];
        return Convert.TryFromBase64String(base64, key, out var length) && length == size ? key : null;
    }

    private static Receipt? Parsed(byte[] file)
    {
        try
        {
            return JsonSerializer.Deserialize(file, CliJson.Default.Receipt);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
