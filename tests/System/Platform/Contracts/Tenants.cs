using Lace.Platform;

namespace Lace.SystemTests.Platform.Contracts;

internal static class Tenants
{
    /// <summary>One that no other test has, also not in an earlier run against the same storage.</summary>
    public static TenantId New() => new(Guid.NewGuid().ToString());
}
