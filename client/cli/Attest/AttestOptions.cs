using Lace.Evidence.Datasets;
using Lace.Evidence.Fingerprints;
using Lace.Evidence.NearDuplicates;

namespace Lace.Cli.Attest;

/// <summary>What the user asked for, checked.</summary>
/// <param name="Format">Null where the suffix of each file decides.</param>
/// <param name="Filter">Null: no fingerprint filter is made.</param>
/// <param name="Shard">Null: all of it.</param>
internal sealed record AttestOptions(
    IReadOnlyList<string> Paths,
    string? Name,
    IReadOnlyDictionary<string, string> Metadata,
    TrainingPlan? Plan,
    DatasetFormat? Format,
    DatasetPart Part,
    int Jobs,
    bool DryRun,
    bool Json,
    bool Quiet,
    FilterRequest? Filter = null,
    ShardNumber? Shard = null
)
{
    public const int NameLimit = 200;
    private const int MetadataPairs = 50;
    private const int MetadataLimit = 500;
    private const long BytesPerToken = 4;

    /// <summary>Reads <c>epochs=3,batch=8,order=shuffled</c>.</summary>
    public static TrainingPlan ParsePlan(string text)
    {
        var pairs = ParsePairs(text.Split(','), "--plan");
        var order = pairs.GetValueOrDefault("order", "shuffled") switch
        {
            "shuffled" => PlanOrder.Shuffled,
            "sequential" => PlanOrder.Sequential,
            var other => throw Usage($"--plan: '{other}' is no order. It is shuffled or sequential."),
        };
        var plan = new TrainingPlan(Number(pairs, "epochs"), Number(pairs, "batch"), order);
        return pairs.Keys.FirstOrDefault(key => key is not ("epochs" or "batch" or "order")) is { } unknown
                ? throw Usage($"--plan: '{unknown}' is not known. Give epochs, batch and order.")
            : plan.IsValid ? plan
            : throw Usage($"--plan: epochs and batch are numbers from 1 to {TrainingPlan.Limit}.");
    }

    public static IReadOnlyDictionary<string, string> ParseMetadata(string[] pairs)
    {
        var metadata = ParsePairs(pairs, "--metadata");
        return
            metadata.Count > MetadataPairs || metadata.Any(pair => pair.Key.Length + pair.Value.Length > MetadataLimit)
            ? throw Usage($"--metadata: at most {MetadataPairs} pairs of at most {MetadataLimit} characters.")
            : metadata;
    }

    public static DatasetPart ParsePart(string? field, string? responseField, long? maxBytes, int? maxSequenceLength)
    {
        if (field is not null && responseField is not null)
        {
            throw Usage("Give --field or --response-field, not both.");
        }

        if (maxBytes is not null && maxSequenceLength is not null)
        {
            throw Usage("Give --max-seq-len or --max-bytes, not both.");
        }

        var part = new DatasetPart(
            field is not null ? DatasetPartKind.Field
                : responseField is not null ? DatasetPartKind.Response
                : DatasetPartKind.Whole,
            field ?? responseField,
            maxBytes ?? (maxSequenceLength * BytesPerToken)
        );
        return part.IsValid ? part : throw Usage("A field has 1 to 200 characters, and a length is at least 1.");
    }

    public static FilterRequest? ParseFilter(string name, string checks)
    {
        if (name == "none")
        {
            return null;
        }

        var tier = name switch
        {
            "T0" => FingerprintTier.Public,
            "T2" => FingerprintTier.Keyed,
            _ => FingerprintTier.Private,
        };
        return new FilterRequest(
            tier,
            checks == "owner" ? FilterAccess.Owner : FilterAccess.Callers,
            MinHashScheme.IsFor(tier)
        );
    }

    private static Dictionary<string, string> ParsePairs(string[] pairs, string option)
    {
        var parsed = new Dictionary<string, string>();
        foreach (var pair in pairs)
        {
            if (pair.Split('=', 2) is not [{ Length: > 0 } key, var value] || !parsed.TryAdd(key.Trim(), value.Trim()))
            {
                throw Usage($"{option}: '{pair}' is not of the form key=value, or its key is there twice.");
            }
        }

        return parsed;
    }

    private static int Number(Dictionary<string, string> pairs, string key) =>
        pairs.TryGetValue(key, out var text) && int.TryParse(text, out var number)
            ? number
            : throw Usage($"--plan: {key} is missing or no number. Example: --plan epochs=3,batch=8");

    private static CliException Usage(string message) => new(message, ExitCode.Usage);
}
