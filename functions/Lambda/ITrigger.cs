namespace Lace.Functions.Lambda;

/// <summary>What a function does with its events.</summary>
internal interface ITrigger
{
    /// <summary>The answer to an event, as JSON.</summary>
    /// <param name="deadline">Told shortly before Lambda ends the process.</param>
    /// <exception cref="Exception">The invocation failed: Lambda counts an error, and repeats it where the trigger is one that repeats.</exception>
    Task<ReadOnlyMemory<byte>> HandleAsync(Invocation invocation, CancellationToken deadline);

    /// <summary>Runs once what every event runs, so that a snapshot holds it compiled.</summary>
    Task WarmUpAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
