namespace Lace.Platform;

/// <summary>What every adapter of <see cref="IJobs"/> refuses.</summary>
internal static class JobRequests
{
    private const string Partition = "JOBS";
    private const int MaxNameCharacters = 100;

    /// <summary>Where the item store keeps the job.</summary>
    public static ItemKey PlaceOf(TenantId tenant, string name)
    {
        ItemLimits.CheckTenant(tenant);
        ArgumentNullException.ThrowIfNull(name);
        return name.Length <= MaxNameCharacters && BlobPath.IsSegment(name)
            ? new ItemKey(tenant, Partition, name)
            : throw new ArgumentException("A job name has 1 to 100 letters, digits, or . _ - ~.", nameof(name));
    }

    public static void Check(JobRequest request, bool isConfigured)
    {
        if (!isConfigured)
        {
            throw new ArgumentException($"No program {request.Program} is configured.", nameof(request));
        }

        foreach (var (name, value) in request.Environment)
        {
            if (name.Length == 0 || name.Contains('=', StringComparison.Ordinal))
            {
                throw new ArgumentException("A name in the environment is not empty and has no '='.", nameof(request));
            }

            WellFormed.ByteCount(name + value, nameof(request));
        }

        foreach (var argument in request.Arguments)
        {
            WellFormed.ByteCount(argument, nameof(request));
        }
    }
}
