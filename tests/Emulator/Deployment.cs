namespace Lace.Emulator;

/// <summary>The functions and routes that are deployed (docs/architecture.md §6): every function the same program, told apart by its environment.</summary>
public static class Deployment
{
    /// <summary>Every part of the program that works beside requests.</summary>
    private const string Clock = "log,audit,lossingest,train";

    private static readonly (string Name, string Functions, string Trigger)[] All =
    [
        ("attest", "attest", "http"),
        ("lossingest", "lossingest", "http"),
        ("losses", "lossingest", "sqs"),
        ("verify", "verify,log", "http"),
        ("report", "report", "http"),
        ("train", "train,privacy,audit", "http"),
        ("admin", "admin", "http"),
        ("clock", Clock, "schedule"),
        ("authorizer", "none", "authorizer"),
    ];

    public static IReadOnlyList<string> Names { get; } = [.. All.Select(function => function.Name)];

    /// <summary>As API Gateway has them; the most literal one wins.</summary>
    public static IReadOnlyList<Route> Routes { get; } =
    [
        .. Below("attest", "/v1/attestations"),
        .. Below("lossingest", "/v1/runs"),
        new("POST", "/v1/runs/{id}/losses", null),
        new("GET", "/v1/runs/{id}/log", "verify"),
        .. Below("report", "/v1/reports"),
        .. Below("train", [.. Train("/v1"), .. Train("/api/v1"), "/v1/privacy"]),
        .. Below("admin", "/v1/admin"),
        new("GET", "/v1/usage", "verify"),
        .. Below("verify", "/v1/verify", "/v1/bundles", "/v1/exclusion-checks", "/v1/log"),
        new("GET", "/badge/{proxy+}", "verify"),
        new("GET", "/openapi/{proxy+}", "verify"),
        .. ((string[])["/health", "/healthz", "/live", "/readyz", "/version", "/{id}"]).Select(path => new Route(
            "GET",
            path,
            "verify"
        )),
    ];

    /// <param name="program">The published program.</param>
    /// <param name="environment">Of every function: where its platform is.</param>
    public static IEnumerable<FunctionSettings> Functions(
        string program,
        IReadOnlyDictionary<string, string> environment
    ) =>
        All.Select(function => new FunctionSettings(
            function.Name,
            ["dotnet", "exec", program],
            new Dictionary<string, string>(environment, StringComparer.Ordinal)
            {
                ["LACE_FUNCTIONS"] = function.Functions,
                ["LACE_TRIGGER"] = function.Trigger,
                // Stands for the role: so who listens to the calls can tell whose they are.
                ["AWS_ACCESS_KEY_ID"] = function.Name,
            },
            TimeSpan.FromSeconds(29)
        ));

    public static FunctionSettings Function(
        string name,
        string program,
        IReadOnlyDictionary<string, string> environment
    ) => Functions(program, environment).Single(function => function.Name == name);

    private static string[] Train(string prefix) =>
        [$"{prefix}/training_clients", $"{prefix}/futures", $"{prefix}/artifacts", $"{prefix}/audit_logs"];

    private static IEnumerable<Route> Below(string function, params string[] paths) =>
        paths.SelectMany(path =>
            new[] { new Route("ANY", path, function), new Route("ANY", path + "/{proxy+}", function) }
        );
}
