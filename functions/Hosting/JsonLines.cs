using System.Buffers;
using System.Diagnostics;
using System.Text;
using System.Text.Json;

namespace Lace.Functions.Hosting;

/// <summary>Writes one JSON object a line: time, level, function, trace id, event, the event's fields.</summary>
/// <remarks>The members <c>timestamp</c> and <c>level</c> are those by which Lambda sorts lines of JSON.</remarks>
/// <param name="output">Must take whole lines from several threads.</param>
internal sealed class JsonLines(TextWriter output, string function, TimeProvider clock) : ILoggerProvider
{
    public ILogger CreateLogger(string categoryName) => new Lines(categoryName, output, function, clock);

    public void Dispose() { }

    private sealed class Lines(string category, TextWriter output, string function, TimeProvider clock) : ILogger
    {
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
            // Program says this one, in a line for a person.
            if (eventId.Name == "HostedServiceStartupFaulted" && StartFailure.Explain(exception!) is not null)
            {
                return;
            }

            var buffer = new ArrayBufferWriter<byte>(512);
            using (var json = new Utf8JsonWriter(buffer))
            {
                json.WriteStartObject();
                json.WriteString("timestamp", clock.GetUtcNow());
                json.WriteString("level", logLevel.ToString());
                json.WriteString("function", function);
                if (Activity.Current is { } activity)
                {
                    json.WriteString("trace_id", activity.TraceId.ToString());
                }

                if (category == Functions.Log.Category && state is IReadOnlyList<KeyValuePair<string, object?>> fields)
                {
                    WriteEvent(json, fields);
                }
                else
                {
                    json.WriteString("event", category);
                    json.WriteString("message", formatter(state, exception));
                }

                if (exception is not null)
                {
                    json.WriteString("exception", exception.ToString());
                }

                json.WriteEndObject();
            }

            output.WriteLine(Encoding.UTF8.GetString(buffer.WrittenSpan));
        }

        private static void WriteEvent(Utf8JsonWriter json, IReadOnlyList<KeyValuePair<string, object?>> fields)
        {
            // The logging source generator puts the template behind the fields; its first word is the event.
            json.WriteString("event", fields[^1].Value?.ToString()?.Split(' ')[0]);
            foreach (var (name, value) in fields.Take(fields.Count - 1))
            {
                switch (value)
                {
                    case null:
                        break;
                    case int or long:
                        json.WriteNumber(name, Convert.ToInt64(value));
                        break;
                    case double number:
                        json.WriteNumber(name, number);
                        break;
                    default:
                        json.WriteString(name, value.ToString());
                        break;
                }
            }
        }
    }
}

internal static class JsonLinesLogging
{
    /// <summary>Our events, and the framework's warnings.</summary>
    public static void AddJsonLines(
        this ILoggingBuilder logging,
        TextWriter output,
        string function,
        TimeProvider clock
    )
    {
        logging.ClearProviders();
        logging.AddProvider(new JsonLines(output, function, clock));
        logging.SetMinimumLevel(LogLevel.Warning);
        logging.AddFilter(Log.Category, LogLevel.Information);
    }
}
