using Lace.Cdk.Functions;

namespace Lace.Cdk.Api;

/// <summary>Which function answers which path. What is not here API Gateway refuses itself.</summary>
/// <remarks>The most specific route wins: a path without a greedy part before one with it.</remarks>
internal static class Routes
{
    /// <summary>Goes to the queue as it is.</summary>
    public const string Losses = "POST /v1/runs/{id}/losses";

    /// <summary>Method and path, as API Gateway writes them.</summary>
    public static readonly IReadOnlyList<(string Key, FunctionPlan Plan)> All =
    [
        .. Below(FunctionPlan.Attest, "/v1/attestations"),
        .. Below(FunctionPlan.LossIngest, "/v1/runs"),
        ("GET /v1/runs/{id}/log", FunctionPlan.Verify),
        .. Below(FunctionPlan.Verify, "/v1/verify", "/v1/bundles", "/v1/exclusion-checks", "/v1/log"),
        ("GET /badge/{proxy+}", FunctionPlan.Verify),
        ("GET /openapi/{proxy+}", FunctionPlan.Verify),
        ("GET /health", FunctionPlan.Verify),
        ("GET /healthz", FunctionPlan.Verify),
        ("GET /live", FunctionPlan.Verify),
        ("GET /readyz", FunctionPlan.Verify),
        ("GET /version", FunctionPlan.Verify),
        // The page of a run or an attestation.
        ("GET /{id}", FunctionPlan.Verify),
        ("GET /v1/usage", FunctionPlan.Verify),
        .. Below(FunctionPlan.Admin, "/v1/admin"),
        .. Below(FunctionPlan.Report, "/v1/reports"),
        .. Below(FunctionPlan.Train, [.. Train("/v1"), .. Train("/api/v1"), "/v1/privacy"]),
    ];

    private static string[] Train(string prefix) =>
        [$"{prefix}/training_clients", $"{prefix}/futures", $"{prefix}/artifacts", $"{prefix}/audit_logs"];

    private static IEnumerable<(string, FunctionPlan)> Below(FunctionPlan plan, params string[] paths) =>
        paths.SelectMany(path => new[] { ($"ANY {path}", plan), ($"ANY {path}/{{proxy+}}", plan) });
}
