using System.Globalization;
using Lace.Evidence.Datasets;
using Lace.Evidence.Datasets.Shards;
using Lace.Platform;
using Lace.Platform.Aws;
using Lace.Worker.Operations;

namespace Lace.Worker.Shards;

/// <summary>What <c>Lace.Worker attest</c> is told.</summary>
/// <param name="Index">0 to n - 1; null for the job that reduces.</param>
internal sealed record ShardSettings(
    TenantId Tenant,
    string Source,
    string Output,
    int Shards,
    int? Index,
    DatasetFormat? Format,
    DatasetPart Part,
    int Jobs,
    string? DataFolder,
    AwsSettings? Aws
)
{
    public const string Help = """
        Attests data that lies in the blob store, a shard a job of a Batch array; see docs/operations.md "Attesting data in S3".

        Usage: Lace.Worker attest map --source PREFIX --out PREFIX --shards N [--index I] [--format F] [--field NAME] [--max-bytes B]
               Lace.Worker attest reduce --out PREFIX

          --source PREFIX  objects of the dataset: all below TENANT/PREFIX of the bucket, in ordinal order, ends at a slash
          --out PREFIX     where shard files go, below TENANT/PREFIX
          --shards N       the size of the array
          --index I        0 to N - 1 [AWS_BATCH_JOB_ARRAY_INDEX]
          --format F       jsonl, json, csv, tsv, text, file [by suffix, also .gz]
          --field NAME     the member of each record that is trained on
          --max-bytes B    bytes after which a record is cut off in training
          --jobs N         threads [one a core]
          --tenant ID      whose objects they are [LACE_TENANT]
          --data DIR       folder of all data, where LACE_PLATFORM is not aws [LACE_DATA]

        map counts its shard; once there is OUT/plan (`lace attest --merge` makes it) it reads the shard again and writes its entries.
        reduce puts all entries together and writes OUT/result.json: the root of the dataset and of its filter.
        Exit codes: 0 done, 64 usage, 65 the data or a shard file is refused, 70 it failed, 78 it cannot start as it is set up.
        """;

    /// <exception cref="SettingsException">Something is missing or wrong; the message says what.</exception>
    public static ShardSettings Read(ReadOnlySpan<string> arguments, Func<string, string?> environment)
    {
        var options = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 1; i < arguments.Length; i += 2)
        {
            if (
                i + 1 == arguments.Length
                || !arguments[i].StartsWith("--", StringComparison.Ordinal)
                || !options.TryAdd(arguments[i][2..], arguments[i + 1])
            )
            {
                throw new SettingsException($"'{arguments[i]}' is no option with a value, or is there twice.");
            }
        }

        var isMap = arguments is ["map", ..];
        var settings = new ShardSettings(
            new TenantId(Take(options, "tenant") ?? environment("LACE_TENANT") ?? throw Missing("tenant")),
            isMap ? Prefix(options, "source") : "",
            Prefix(options, "out"),
            isMap ? Number(Take(options, "shards"), "shards", 1, ShardHeader.MaxShards) : 0,
            isMap
                ? Number(Take(options, "index") ?? environment("AWS_BATCH_JOB_ARRAY_INDEX"), "index", 0, int.MaxValue)
                : null,
            Take(options, "format") is { } format ? FormatOf(format) : null,
            PartOf(Take(options, "field"), Take(options, "max-bytes")),
            Number(
                Take(options, "jobs") ?? Environment.ProcessorCount.ToString(CultureInfo.InvariantCulture),
                "jobs",
                1,
                256
            ),
            Take(options, "data") ?? environment("LACE_DATA"),
            AwsSettings.Read(environment)
        );
        return options.Count > 0 ? throw new SettingsException($"--{options.Keys.First()} is not known.")
            : settings.Index >= settings.Shards
                ? throw new SettingsException($"Index {settings.Index} is none of {settings.Shards} shards.")
            : settings.Aws is null && !Directory.Exists(settings.DataFolder)
                ? throw new SettingsException("Name the data folder with --data, or set LACE_PLATFORM=aws.")
            : settings;
    }

    private static string? Take(Dictionary<string, string> options, string name) =>
        options.Remove(name, out var value) ? value : null;

    private static string Prefix(Dictionary<string, string> options, string name) =>
        Take(options, name) is { Length: > 1 } prefix && prefix.EndsWith('/')
            ? prefix
            : throw new SettingsException($"--{name} is a prefix that ends at a slash.");

    private static int Number(string? text, string name, int least, int most) =>
        text is null ? throw Missing(name)
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        && number >= least
        && number <= most
            ? number
        : throw new SettingsException($"--{name} is a number from {least} to {most}.");

    private static DatasetFormat FormatOf(string name) =>
        name is "jsonl" or "json" or "csv" or "tsv" or "text" or "file"
            ? SourceFormats.Of(name)
            : throw new SettingsException($"--format: '{name}' is not known.");

    private static DatasetPart PartOf(string? field, string? maxBytes)
    {
        var part = new DatasetPart(
            field is null ? DatasetPartKind.Whole : DatasetPartKind.Field,
            field,
            maxBytes is null ? null : Number(maxBytes, "max-bytes", 1, int.MaxValue)
        );
        return part.IsValid ? part : throw new SettingsException("A field has 1 to 200 characters.");
    }

    private static SettingsException Missing(string name) => new($"--{name} is missing.");
}
