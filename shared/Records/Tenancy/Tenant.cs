using System.Text.Json.Serialization;

namespace Lace.Records.Tenancy;

/// <summary>An owner of attestations, runs, trainings and keys.</summary>
/// <param name="Plan">Name of its plan; null where an older version made it.</param>
/// <param name="SuspendedAt">Since when its keys open nothing.</param>
/// <param name="DeletedAt">Since when it is gone; its record stays, so that its id means nobody else.</param>
internal sealed record Tenant(
    string Id,
    string Name,
    DateTimeOffset CreatedAt,
    string? Plan = null,
    DateTimeOffset? SuspendedAt = null,
    DateTimeOffset? DeletedAt = null
)
{
    /// <exception cref="InvalidDataException">The record names a plan that this version does not have.</exception>
    [JsonIgnore]
    public ServicePlan Limits =>
        Plan is null
            ? ServicePlan.Local
            : ServicePlan.Find(Plan) ?? throw new InvalidDataException($"The tenant {Id} has an unknown plan.");
}
