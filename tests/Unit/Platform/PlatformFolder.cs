using Lace.Platform;
using Lace.Platform.Embedded;

namespace Lace.Tests.Platform;

/// <summary>A folder for platforms that goes with the test.</summary>
internal sealed class PlatformFolder : IDisposable
{
    public static readonly TenantId Tenant = new("acme");

    private readonly string parent = Directory.CreateTempSubdirectory("lace-test-").FullName;

    public string Root => Path.Combine(parent, "data");

    public string this[params string[] parts] => Path.Combine([Root, .. parts]);

    public EmbeddedPlatform Open() => EmbeddedPlatform.Open(Root, TimeProvider.System);

    public void Dispose() => Directory.Delete(parent, recursive: true);
}
