namespace Lace.Records.Tenancy;

/// <summary>What one tenant may have and ask for (docs/operations.md, "Plans and keys").</summary>
/// <param name="RequestsPerMinute">In the long run.</param>
/// <param name="Burst">At once.</param>
/// <param name="Clients">Training clients that are not terminated.</param>
/// <param name="Pending">Operations accepted and not ended, of all training clients together.</param>
/// <param name="AttestationsPerMonth">Attestations completed in a calendar month of UTC; null for any number.</param>
/// <param name="ArtifactBytes">Sealed bytes of all artifacts together; null for any number.</param>
internal sealed record ServicePlan(
    string Name,
    int RequestsPerMinute,
    int Burst,
    int Clients,
    int Pending,
    long? AttestationsPerMonth,
    long? ArtifactBytes
)
{
    private const long Gigabyte = 1_000_000_000;

    /// <summary>One machine of one's own: only a loop gone wild is to be stopped. Also of tenants that older versions made.</summary>
    public static readonly ServicePlan Local = new("local", 60_000, 6_000, 10, 100, null, null);

    public static readonly IReadOnlyList<ServicePlan> All =
    [
        new("pilot", 300, 100, 2, 20, 3, Gigabyte),
        new("starter", 600, 200, 10, 100, 10, 10 * Gigabyte),
        new("growth", 3_000, 600, 50, 1_000, null, 100 * Gigabyte),
        new("enterprise", 30_000, 6_000, 500, 10_000, null, 1_000 * Gigabyte),
        Local,
    ];

    public static string Names => string.Join(", ", All.Select(plan => plan.Name));

    /// <summary>Null where there is none of that name.</summary>
    public static ServicePlan? Find(string? name) => All.FirstOrDefault(plan => plan.Name == name);

    /// <summary>The most of what is counted; null for any number.</summary>
    public long? LimitOf(Quota quota) =>
        quota switch
        {
            Quota.Attestations => AttestationsPerMonth,
            Quota.TrainingClients => Clients,
            Quota.ArtifactBytes => ArtifactBytes,
            _ => throw new ArgumentOutOfRangeException(nameof(quota), quota, null),
        };
}
