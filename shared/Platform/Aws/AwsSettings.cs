namespace Lace.Platform.Aws;

/// <summary>Where this process finds its ports on AWS. No secrets: credentials come from where the AWS SDK looks for them.</summary>
/// <param name="Region">The one region in which everything lies.</param>
/// <param name="Endpoint">In place of the services' own addresses; null on AWS.</param>
/// <param name="Table">DynamoDB table with the keys <c>pk</c> and <c>sk</c>, both strings.</param>
/// <param name="KeyAlias">What the aliases of KMS keys begin with: <c>alias/lace-prod</c>.</param>
/// <param name="Environment">Where the settings of a queue or a job are looked up when it is first asked for: not every function has them all.</param>
public sealed record AwsSettings(
    string Region,
    Uri? Endpoint,
    string Table,
    string Bucket,
    string KeyAlias,
    Func<string, string?> Environment
)
{
    private const string Choice = "LACE_PLATFORM";
    private const string Worker = "worker";

    /// <summary>The settings, or null where the process runs on a folder of its own machine.</summary>
    /// <exception cref="PlatformSettingException">A variable is missing, or means nothing.</exception>
    public static AwsSettings? Read(Func<string, string?> environment)
    {
        ArgumentNullException.ThrowIfNull(environment);
        return environment(Choice) switch
        {
            null or "" or "embedded" => null,
            "aws" => new AwsSettings(
                Required(environment, "AWS_REGION"),
                EndpointOf(environment("AWS_ENDPOINT_URL")),
                Required(environment, "LACE_TABLE"),
                Required(environment, "LACE_BUCKET"),
                AliasOf(Required(environment, "LACE_KEY_ALIAS")),
                environment
            ),
            var other => throw new PlatformSettingException($"{Choice} is '{other}'; it is embedded or aws."),
        };
    }

    /// <summary>URL of an SQS queue, or null where this process has none of that name.</summary>
    public string? QueueUrl(string name) => Value($"LACE_QUEUE_{Upper(name)}");

    /// <summary>URL of the SQS queue that takes what the queue of that name gave up on.</summary>
    public string? DeadLetterUrl(string name) => Value($"LACE_QUEUE_{Upper(name)}_DEAD");

    /// <summary>Batch queue and definition of the jobs that run a program; null where this process starts none.</summary>
    /// <remarks>
    /// <c>LACE_JOB_DEFINITION</c> is that of the worker, another program's has its name behind: <c>LACE_JOB_DEFINITION_ATTEST</c>.
    /// Its queue may have, too.
    /// </remarks>
    public (string Queue, string Definition)? Job(string program)
    {
        var definition = Value(program == Worker ? "LACE_JOB_DEFINITION" : $"LACE_JOB_DEFINITION_{Upper(program)}");
        var queue = Value($"LACE_JOB_QUEUE_{Upper(program)}") ?? Value("LACE_JOB_QUEUE");
        return queue is null || definition is null ? null : (queue, definition);
    }

    private string? Value(string name) => Environment(name) is { Length: > 0 } value ? value : null;

    private static string Upper(string name) => name.ToUpperInvariant().Replace('-', '_');

    private static string Required(Func<string, string?> environment, string name) =>
        environment(name) is { Length: > 0 } value
            ? value
            : throw new PlatformSettingException($"{Choice} is aws, and {name} is not set.");

    private static Uri? EndpointOf(string? text) =>
        string.IsNullOrEmpty(text) ? null
        : Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" ? uri
        : throw new PlatformSettingException($"AWS_ENDPOINT_URL is '{text}'; it is the URL of a server.");

    private static string AliasOf(string text) =>
        text.StartsWith("alias/", StringComparison.Ordinal) && !text.EndsWith('/')
            ? text
            : throw new PlatformSettingException(
                $"LACE_KEY_ALIAS is '{text}'; it begins with alias/ and ends at no slash."
            );
}
