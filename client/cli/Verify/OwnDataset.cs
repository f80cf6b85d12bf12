using System.Text.Json;
using Lace.Cli.Attest;
using Lace.Evidence.Datasets;
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
        var described = attested.Dataset;
        var options = Options(described.Format == DatasetFormat.File ? DatasetFormat.File : null, described.Part);
        var dataset = await TryOpenAsync(options, described.Format, cancellationToken);
        if (dataset is null || (dataset.Format != described.Format && described.Format != DatasetFormat.Mixed))
        {
            // The suffixes say otherwise, so --format was given then.
            dataset?.Dispose();
            options = Options(described.Format, described.Part);
            dataset = await DatasetFiles.OpenAsync(host, options, cancellationToken);
        }

        using (dataset)
        {
            var passes = new DatasetPasses(dataset, options);
            return await Task.Run(
                () => passes.Root(passes.Survey(cancellationToken), saltKey, cancellationToken),
                cancellationToken
            );
        }
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

    private AttestOptions Options(DatasetFormat? format, DatasetPart part) =>
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

    private byte[] SaltKey(string attestationId)
    {
        var path = saltFile ?? Path.Combine(host.StateFolder, "receipts", attestationId + ".json");
        if (saltFile is null && !File.Exists(path))
        {
            throw new CliException(
                $"There is no receipt of {attestationId} on this machine. Give the receipt that `lace attest` wrote: --salt FILE.",
                ExitCode.Usage
            );
        }

        var key = new byte[DatasetCommitment.SaltKeySize];
        return
            Convert.TryFromBase64String(KeyIn(SmallFiles.Read(path, MaxReceipt, host)), key, out var length)
            && length == key.Length
            ? key
            : throw new CliException($"{path} holds no salt key.", ExitCode.Incomplete);
    }

    private static string KeyIn(byte[] file)
    {
        if (file is not [(byte)'{', ..])
        {
            return System.Text.Encoding.ASCII.GetString(file.AsSpan(0, Math.Min(file.Length, 100))).Trim();
        }

        try
        {
            return JsonSerializer.Deserialize(file, CliJson.Default.Receipt)?.KSalt ?? "";
        }
        catch (JsonException)
        {
            return "";
        }
    }
}
