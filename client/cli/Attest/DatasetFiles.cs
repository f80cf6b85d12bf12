using System.Text;
using System.Text.Json;
using Lace.Evidence.Datasets;
using Lace.Evidence.Transparency;

namespace Lace.Cli.Attest;

/// <summary>The dataset of one call: its files or standard input, as sources that report what is read of them.</summary>
internal sealed class DatasetFiles : IDisposable
{
    private readonly CommandHost host;
    private readonly AttestOptions options;
    private readonly IReadOnlyList<SourceFile> files;
    private readonly StandardInputSpool? spool;
    private ProgressBar? bar;

    private DatasetFiles(
        CommandHost host,
        AttestOptions options,
        IReadOnlyList<SourceFile> files,
        StandardInputSpool? spool
    )
    {
        (this.host, this.options, this.files, this.spool) = (host, options, files, spool);
        Sources = spool is null ? [.. files.Select(file => file.ToSource(OnRead))] : [spool.ToSource(OnRead)];
    }

    public IReadOnlyList<DatasetSource> Sources { get; }

    public int Count => Sources.Count;

    public DatasetFormat Format =>
        Sources.Select(source => source.Format).Distinct().ToArray() is [var only] ? only : DatasetFormat.Mixed;

    public string DefaultName
    {
        get
        {
            var name = spool is not null
                ? "stdin"
                : Path.GetFileName(Path.GetFullPath(options.Paths[0], host.WorkingDirectory).TrimEnd('/'));
            return name[..Math.Min(name.Length, AttestOptions.NameLimit)];
        }
    }

    public static async Task<DatasetFiles> OpenAsync(
        CommandHost host,
        AttestOptions options,
        CancellationToken cancellationToken
    )
    {
        var isInput = options.Paths is ["-"];
        if (!isInput && options.Paths.Contains("-"))
        {
            throw new CliException("Standard input cannot be combined with other paths.", ExitCode.Usage);
        }

        if (isInput && options.Format is not (null or DatasetFormat.JsonLines))
        {
            throw new CliException(
                "Standard input is read as JSON Lines; save other formats to a file.",
                ExitCode.Usage
            );
        }

        var named = isInput ? [] : DatasetPaths.Expand(options.Paths, options.Format, host.WorkingDirectory);
        if (
            options.Part.Field is not null
            && named.FirstOrDefault(file => file.Format is DatasetFormat.Text or DatasetFormat.File) is { } plain
        )
        {
            throw new CliException(
                $"{plain.Name}: plain text has no fields. Leave out --field, or give --format.",
                ExitCode.Usage
            );
        }

        if (!isInput)
        {
            return new DatasetFiles(host, options, named, null);
        }

        PrivateFiles.CreateFolder(host.StateFolder);
        await using var input = Console.OpenStandardInput();
        return new DatasetFiles(
            host,
            options,
            named,
            await StandardInputSpool.FillAsync(input, host.StateFolder, cancellationToken)
        );
    }

    /// <summary>Digest over names, sizes and formats of all files: machines that read shards of one dataset see the same.</summary>
    public MerkleHash Listing =>
        MerkleTree.HashLeaf(
            Encoding.UTF8.GetBytes(string.Join('\n', files.Select(file => $"{file.Name}\0{file.Size}\0{file.Format}")))
        );

    /// <summary>The files of one shard: whole ones, in their order, about the same number of bytes each.</summary>
    public IReadOnlyList<DatasetSource> Share(ShardNumber shard)
    {
        if (spool is not null)
        {
            throw new CliException("Standard input cannot be read in shards: save it to files.", ExitCode.Usage);
        }

        var sizes = files.Select(file => file.Size).ToArray();
        return [.. Sources.Where((_, i) => shard.Has(sizes, i))];
    }

    /// <summary>Shows what is read until it is disposed.</summary>
    public ProgressBar Reading(string label, bool isShown) =>
        bar = new ProgressBar(host, label, spool?.Size ?? SizeRead(), isShown);

    /// <summary>What the user may have overlooked.</summary>
    public IEnumerable<string> Hints()
    {
        if (
            options.Part.Kind == DatasetPartKind.Whole
            && FirstRecord() is { } record
            && TextMember(record) is { } member
        )
        {
            yield return $"the records are JSON objects with the member '{member}'. If only that is trained on, give --field {member}.";
        }
    }

    public void Dispose() => spool?.Dispose();

    private long SizeRead()
    {
        var sizes = files.Select(file => file.Size).ToArray();
        return sizes.Where((_, i) => options.Shard is not { } shard || shard.Has(sizes, i)).Sum();
    }

    private void OnRead(int bytes) => bar?.Add(bytes);

    private string? FirstRecord()
    {
        if (Sources.FirstOrDefault(source => source.Format == DatasetFormat.JsonLines) is not { } source)
        {
            return null;
        }

        Span<char> start = new char[1 << 16];
        using var reader = new StreamReader(source.Open());
        var text = start[..reader.ReadBlock(start)];
        return text.IndexOf('\n') is >= 0 and var end ? new string(text[..end]) : null;
    }

    private static string? TextMember(string record)
    {
        try
        {
            using var json = JsonDocument.Parse(record);
            return ((string[])["text", "content"]).FirstOrDefault(name =>
                json.RootElement.ValueKind == JsonValueKind.Object
                && json.RootElement.TryGetProperty(name, out var value)
                && value.ValueKind == JsonValueKind.String
            );
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
