using System.Buffers;
using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;

namespace Lace.Functions.Hosting;

/// <summary>One JSON object a line on standard error: time, level, event, trace id, the event's fields.</summary>
internal sealed class JsonLines(TimeProvider clock) : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "lace";

    public override void Write<TState>(
        in LogEntry<TState> logEntry,
        IExternalScopeProvider? scopeProvider,
        TextWriter textWriter
    )
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("time", clock.GetUtcNow());
            json.WriteString("level", logEntry.LogLevel.ToString());
            if (Activity.Current is { } activity)
            {
                json.WriteString("trace_id", activity.TraceId.ToString());
            }

            WriteEvent(json, logEntry);
            if (logEntry.Exception is { } failure)
            {
                json.WriteString("exception", failure.ToString());
            }

            json.WriteEndObject();
        }

        textWriter.WriteLine(Encoding.UTF8.GetString(buffer.WrittenSpan));
    }

    /// <summary>Our events by name and fields; the framework's as the text it made.</summary>
    private static void WriteEvent<TState>(Utf8JsonWriter json, in LogEntry<TState> entry)
    {
        if (entry.Category != Log.Category || entry.State is not IReadOnlyList<KeyValuePair<string, object?>> fields)
        {
            json.WriteString("event", entry.Category);
            json.WriteString("message", entry.Formatter(entry.State, entry.Exception));
            return;
        }

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

internal static class JsonLinesLogging
{
    /// <summary>Standard output belongs to what a program reads: the announcement of the host. Logs go to standard error.</summary>
    public static void AddJsonLines(this ILoggingBuilder logging)
    {
        logging.ClearProviders();
        logging.AddConsole(console =>
        {
            console.FormatterName = JsonLines.FormatterName;
            console.LogToStandardErrorThreshold = LogLevel.Trace;
        });
        logging.Services.AddSingleton<ConsoleFormatter, JsonLines>();
        logging.SetMinimumLevel(LogLevel.Warning);
        logging.AddFilter(Log.Category, LogLevel.Information);
    }
}
