using System.Globalization;
using Constructs;

namespace Lace.Cdk;

/// <summary>What a deployment is told by context (<c>cdk.json</c>, <c>-c name=value</c>).</summary>
/// <param name="FunctionFolder">What <c>./run package</c> wrote.</param>
/// <param name="AlarmEmail">Who is told of alarms and of the budget; null for nobody.</param>
/// <param name="Domain">Own name of the API, with a certificate for it in the same region; null for the one that API Gateway gives.</param>
/// <param name="ReservesConcurrency">False in an account whose limit is too small to reserve anything: a new one has 10.</param>
/// <param name="SnapStart">Whether functions that somebody waits for start from a snapshot.</param>
/// <param name="RestoredTable">Name of a table that was restored and takes the place of the stack's own; null for that one.</param>
/// <param name="Firewall">Whether a web application firewall stands before the API.</param>
/// <param name="PrivateWorkers">Whether workers have no public address, which needs paid interface endpoints.</param>
/// <param name="WorkerMachineImage">An ECS image with GPU drivers that was registered with TPM 2.0; null for Amazon's, which has no TPM.</param>
/// <param name="LibtorchUrl">The archive that the worker's image is built with.</param>
internal sealed record DeploymentSettings(
    Stage Stage,
    string FunctionFolder,
    string? AlarmEmail,
    (string Name, string CertificateArn)? Domain,
    bool ReservesConcurrency,
    bool SnapStart,
    string? RestoredTable,
    bool Firewall,
    bool PrivateWorkers,
    string? WorkerMachineImage,
    string LibtorchUrl
)
{
    /// <summary>The one region: nothing of a deployment lies or calls outside it.</summary>
    public const string Region = "eu-west-1";

    /// <exception cref="DeploymentSettingException">A value is missing or means nothing.</exception>
    public static DeploymentSettings Read(Node node)
    {
        var certificate = Text(node, "certificateArn");
        var domain = Text(node, "domain");
        if (domain is null != certificate is null)
        {
            throw new DeploymentSettingException("domain and certificateArn are given together, or neither is.");
        }

        if (certificate is not null && !certificate.StartsWith($"arn:aws:acm:{Region}:", StringComparison.Ordinal))
        {
            throw new DeploymentSettingException($"The certificate is '{certificate}'; it lies in {Region}.");
        }

        var stage = Stage.Find(Text(node, "stage") ?? Stage.Development.Name);
        return new DeploymentSettings(
            stage,
            FolderOf(Text(node, "functions")),
            Text(node, "alarmEmail"),
            domain is null ? null : (domain, certificate!),
            Flag(node, "reserveConcurrency", otherwise: true),
            Flag(node, "snapStart", otherwise: stage.SnapStart),
            Text(node, "restoredTable"),
            Flag(node, "firewall", otherwise: false),
            Flag(node, "privateWorkers", otherwise: false),
            Text(node, "workerMachineImage"),
            Text(node, "libtorchUrl") ?? throw new DeploymentSettingException("The context names no libtorchUrl.")
        );
    }

    private static string? Text(Node node, string name) =>
        Convert.ToString(node.TryGetContext(name), CultureInfo.InvariantCulture) is { Length: > 0 } text ? text : null;

    private static string FolderOf(string? functions)
    {
        var folder = Path.Combine(Checkout.Root(), functions ?? "");
        return functions is not null && Directory.Exists(folder)
            ? folder
            : throw new DeploymentSettingException(
                $"There is no folder {folder} of functions: ./run package makes it."
            );
    }

    private static bool Flag(Node node, string name, bool otherwise) =>
        Text(node, name) switch
        {
            null => otherwise,
            "true" or "True" => true,
            "false" or "False" => false,
            var other => throw new DeploymentSettingException($"{name} is '{other}'; it is true or false."),
        };
}

/// <summary>A deployment cannot be made as it is set up; the message says what to do.</summary>
internal sealed class DeploymentSettingException(string message) : Exception(message);
