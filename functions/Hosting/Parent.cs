namespace Lace.Functions.Hosting;

internal static class Parent
{
    /// <summary>
    /// Where the host was started <c>--attached</c>: stops it in order once its standard input ends. That happens however the
    /// parent goes, killed or not, so no host is left behind on the port.
    /// </summary>
    public static void StopWithParent(this WebApplication app)
    {
        if (app.Services.GetRequiredService<HostSettings>().Attached)
        {
            // A thread of its own, because a read from a terminal or pipe cannot be cancelled.
            new Thread(() => WaitAndStop(app.Lifetime)) { IsBackground = true, Name = "parent" }.Start();
        }
    }

    private static void WaitAndStop(IHostApplicationLifetime lifetime)
    {
        using var input = Console.OpenStandardInput();
        Span<byte> ignored = stackalloc byte[256];
        while (input.Read(ignored) > 0) { }

        lifetime.StopApplication();
    }
}
