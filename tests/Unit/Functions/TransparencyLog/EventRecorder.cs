using Microsoft.Extensions.Logging;

namespace Lace.Tests.Functions.TransparencyLog;

/// <summary>Keeps the events that were logged.</summary>
internal sealed class EventRecorder<T> : ILogger<T>
{
    private readonly Lock access = new();

    public List<string> Events { get; } = [];

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter
    )
    {
        lock (access)
        {
            Events.Add(formatter(state, exception));
        }
    }
}
