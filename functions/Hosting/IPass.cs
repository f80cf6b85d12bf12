namespace Lace.Functions.Hosting;

/// <summary>Work beside the requests, done bit by bit: the local host repeats it, on Lambda the schedule trigger calls it every minute.</summary>
internal interface IPass
{
    /// <summary>Does what there is to do now, and copes with a storage that fails.</summary>
    /// <returns>How long it is not worth looking again; zero where there is more to do.</returns>
    Task<TimeSpan> RunAsync(CancellationToken cancellationToken);

    /// <summary>How long a host that has just started waits before the first.</summary>
    TimeSpan FirstAfter => TimeSpan.Zero;

    /// <summary>False for what another trigger does on Lambda.</summary>
    bool IsScheduled => true;

    /// <summary>Returns after that time, or sooner where there is something to do.</summary>
    Task PauseAsync(TimeSpan time, TimeProvider clock, CancellationToken cancellationToken) =>
        Task.Delay(time, clock, cancellationToken);
}

internal static class PassRegistration
{
    public static void AddPass<TPass>(this IServiceCollection services)
        where TPass : class, IPass => services.AddSingleton<IPass, TPass>();
}
