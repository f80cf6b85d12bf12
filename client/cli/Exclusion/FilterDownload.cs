using System.Text.Json;
using Lace.Cli.Attest;
using Lace.Evidence.Fingerprints;

namespace Lace.Cli.Exclusion;

/// <summary>What was given to <c>lace filter download</c>.</summary>
internal sealed record FilterDownloadOptions(string Id, string Out, bool Json, bool Quiet);

/// <summary>What it prints with <c>--json</c>.</summary>
/// <param name="Resumed">Blocks that an earlier call had received.</param>
internal sealed record FilterDownloaded(
    string AttestationId,
    string File,
    string Root,
    long Blocks,
    long Bytes,
    long Resumed
);

/// <summary>One call of <c>lace filter download</c>: part after part into a file beside the one that is asked for, which takes its place when it is whole.</summary>
internal sealed class FilterDownload(CommandHost host, LaceConfig config, FilterDownloadOptions options)
{
    private const int PartSize = FilterPart.Blocks * BlockedBloomFilter.BlockSize;

    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        config.RequireKey();
        using var api = new LaceApi(config, host, options.Quiet);
        var signed = await FilterOfService.StatementAsync(api, options.Id, cancellationToken);
        if (
            signed.Read() is not { Fingerprints: { IsValid: true, Tier: FingerprintTier.Public } filter } dataset
            || dataset.Id != options.Id
        )
        {
            throw new CliException(
                $"The filter of {options.Id} is not public: ask it with `lace check --id`.",
                ExitCode.Usage
            );
        }

        var path = Path.GetFullPath(options.Out, host.WorkingDirectory);
        var partial = path + ".part";
        long resumed;
        using (var file = new FileStream(partial, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None))
        {
            var begin = Begin(file, signed, filter);
            resumed = (file.Length - begin) / BlockedBloomFilter.BlockSize;
            await ReceiveAsync(api, file, filter.Blocks, resumed, cancellationToken);
            file.Flush(flushToDisk: true);
            file.Position = 0;
            if (FilterFile.Read(file, out var reason) is null)
            {
                file.SetLength(0);
                throw new CliException(
                    $"What was received is not the filter that was signed: {reason}. It was removed.",
                    ExitCode.EvidenceFailed
                );
            }
        }

        File.Move(partial, path, overwrite: true);
        Print(
            new FilterDownloaded(
                options.Id,
                path,
                filter.Root.ToString(),
                filter.Blocks,
                new FileInfo(path).Length,
                resumed
            )
        );
        return ExitCode.Ok;
    }

    /// <summary>Leaves the file behind what it has of this filter, in whole parts, and returns where its blocks begin.</summary>
    private static long Begin(FileStream file, SignedFilter signed, CommittedFilter filter)
    {
        // The checkpoint of the statement may be an older one by now: the filter is the same.
        if (FilterFile.ReadHead(file) is { } earlier && earlier.Committed == filter)
        {
            var begin = file.Position;
            var whole = Math.Min(file.Length - begin, filter.Blocks * BlockedBloomFilter.BlockSize);
            file.SetLength(
                begin + (whole == filter.Blocks * BlockedBloomFilter.BlockSize ? whole : whole - (whole % PartSize))
            );
            file.Position = file.Length;
            return begin;
        }

        file.SetLength(0);
        file.Write(FilterFile.Head(signed));
        return file.Position;
    }

    private async Task ReceiveAsync(
        LaceApi api,
        FileStream file,
        long blocks,
        long received,
        CancellationToken cancellationToken
    )
    {
        using var bar = new ProgressBar(
            host,
            "download",
            (blocks - received) * BlockedBloomFilter.BlockSize,
            !options.Quiet
        );
        for (
            var number = (int)((received + FilterPart.Blocks - 1) / FilterPart.Blocks);
            number < FilterPart.CountOf(blocks);
            number++
        )
        {
            var bytes = await api.GetBytesAsync(
                $"v1/exclusion-checks/{Uri.EscapeDataString(options.Id)}/filter/{number}",
                cancellationToken
            );
            var count = Math.Min(FilterPart.Blocks, blocks - ((long)number * FilterPart.Blocks));
            if (
                FilterPart.Read(bytes, options.Id, number) is not { } part
                || part.Length != count * BlockedBloomFilter.BlockSize
            )
            {
                throw new CliException(
                    $"The service did not answer with part {number} of the filter.",
                    ExitCode.Unavailable
                );
            }

            await file.WriteAsync(part, cancellationToken);
            bar.Add(part.Length);
        }
    }

    private void Print(FilterDownloaded result) =>
        host.Output.WriteLine(
            options.Json
                ? JsonSerializer.Serialize(result, CliJson.Default.FilterDownloaded)
                : $"{result.Blocks:N0} blocks, {result.Bytes:N0} bytes, root {result.Root}: {result.File}"
        );
}
