using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using Microsoft.Net.Http.Headers;

namespace Lace.Functions.Lambda;

/// <summary>An answer as an HTTP API takes it (payload format 2.0).</summary>
internal static class HttpApiAnswer
{
    /// <summary>Lambda takes no larger answer, in bytes of JSON.</summary>
    public const int MaxBytes = 6 * 1024 * 1024;

    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Of the connection, which the gateway has with the client.</summary>
    private static readonly string[] OfConnection =
    [
        HeaderNames.Connection,
        HeaderNames.KeepAlive,
        HeaderNames.TransferEncoding,
        HeaderNames.SetCookie,
    ];

    /// <param name="isHead">Whether the request was one that is answered without a body.</param>
    public static ReadOnlyMemory<byte> Write(EventResponse response, bool isHead)
    {
        var body = isHead || HasNoBody(response.StatusCode) ? default : response.Content.Span;
        var buffer = new ArrayBufferWriter<byte>(body.Length + (body.Length / 3) + 1024);
        using var json = new Utf8JsonWriter(buffer, Options);
        json.WriteStartObject();
        json.WriteNumber("statusCode", response.StatusCode);
        WriteHeaders(json, response.Headers);
        if (IsText(response.Headers, body))
        {
            json.WriteBoolean("isBase64Encoded", false);
            json.WriteString("body", body);
        }
        else
        {
            json.WriteBoolean("isBase64Encoded", true);
            json.WriteBase64String("body", body);
        }

        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenMemory;
    }

    private static void WriteHeaders(Utf8JsonWriter json, IHeaderDictionary headers)
    {
        json.WriteStartObject("headers");
        foreach (var (name, values) in headers)
        {
            if (!OfConnection.Contains(name, StringComparer.OrdinalIgnoreCase))
            {
                json.WriteString(name.ToLowerInvariant(), string.Join(',', values.AsEnumerable()));
            }
        }

        json.WriteEndObject();
        if (headers.SetCookie.Count > 0)
        {
            json.WriteStartArray("cookies");
            foreach (var cookie in headers.SetCookie)
            {
                json.WriteStringValue(cookie);
            }

            json.WriteEndArray();
        }
    }

    private static bool HasNoBody(int status) =>
        status is StatusCodes.Status204NoContent or StatusCodes.Status304NotModified;

    /// <summary>Whether the body can be JSON text as it is. Everything else, and what is compressed, goes as base64.</summary>
    private static bool IsText(IHeaderDictionary headers, ReadOnlySpan<byte> body)
    {
        if (body.IsEmpty)
        {
            return true;
        }

        var type = headers.ContentType.ToString().Split(';')[0].Trim();
        var named =
            type.StartsWith("text/", StringComparison.OrdinalIgnoreCase)
            || type.EndsWith("/json", StringComparison.OrdinalIgnoreCase)
            || type.EndsWith("+json", StringComparison.OrdinalIgnoreCase)
            || type.EndsWith("/xml", StringComparison.OrdinalIgnoreCase)
            || type.EndsWith("+xml", StringComparison.OrdinalIgnoreCase);
        return named && headers.ContentEncoding.Count == 0 && Utf8.IsValid(body);
    }
}
