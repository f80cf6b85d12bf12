using System.Text;
using System.Text.Json;

namespace Lace.Worker.Operations;

/// <summary>Events as JSON lines: names in the past tense, numbers and ids, never a request's content, a key or a path's content.</summary>
internal sealed class WorkerLog(TextWriter output, TimeProvider clock, string clientId)
{
    private readonly Lock gate = new();

    public void Write(string name, params ReadOnlySpan<(string Name, object? Value)> fields) =>
        Write("Information", name, fields);

    /// <summary>With the kind of the failure and where it happened. Its message may quote data, so it is left out.</summary>
    public void Fail(string name, Exception failure, params ReadOnlySpan<(string Name, object? Value)> fields) =>
        Write(
            "Error",
            name,
            [.. fields, ("exception", failure.GetType().Name), ("at", failure.StackTrace?.Split('\n', 2)[0].Trim())]
        );

    private void Write(string level, string name, ReadOnlySpan<(string Name, object? Value)> fields)
    {
        using var line = new MemoryStream();
        using (var json = new Utf8JsonWriter(line))
        {
            json.WriteStartObject();
            json.WriteString("time", clock.GetUtcNow());
            json.WriteString("level", level);
            json.WriteString("event", name);
            json.WriteString("client", clientId);
            foreach (var (field, value) in fields)
            {
                json.WritePropertyName(field);
                WriteValue(json, value);
            }

            json.WriteEndObject();
        }

        lock (gate)
        {
            output.WriteLine(Encoding.UTF8.GetString(line.ToArray()));
            output.Flush();
        }
    }

    private static void WriteValue(Utf8JsonWriter json, object? value)
    {
        switch (value)
        {
            case null:
                json.WriteNullValue();
                break;
            case long number:
                json.WriteNumberValue(number);
                break;
            case int number:
                json.WriteNumberValue(number);
                break;
            case double number when double.IsFinite(number):
                json.WriteNumberValue(Math.Round(number, 3));
                break;
            case bool flag:
                json.WriteBooleanValue(flag);
                break;
            default:
                json.WriteStringValue(value.ToString());
                break;
        }
    }
}
