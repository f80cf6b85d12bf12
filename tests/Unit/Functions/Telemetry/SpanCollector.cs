using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Text;
using Lace.Tests.Functions.TransparencyLog;

namespace Lace.Tests.Functions.Telemetry;

/// <summary>A span as it was sent.</summary>
internal sealed record SentSpan(
    string Service,
    string Name,
    string TraceId,
    string SpanId,
    string ParentId,
    long Kind,
    IReadOnlyDictionary<string, string> Tags
);

/// <summary>A collector of OTLP over HTTP: a real server on this machine, which reads the protocol's own bytes.</summary>
internal sealed class SpanCollector : IAsyncDisposable
{
    private readonly ConcurrentQueue<SentSpan> spans = new();
    private LocalServer server = null!;

    public Uri Url => server.Url;

    public IReadOnlyList<SentSpan> Spans => [.. spans];

    public static async Task<SpanCollector> StartAsync()
    {
        var collector = new SpanCollector();
        collector.server = await LocalServer.StartAsync(async context =>
        {
            Assert.Equal("/v1/traces", context.Request.Path);
            Assert.Equal("application/x-protobuf", context.Request.ContentType);
            foreach (var span in Read(await LocalServer.ReadAsync(context.Request)))
            {
                collector.spans.Enqueue(span);
            }

            context.Response.ContentType = "application/x-protobuf";
        });
        return collector;
    }

    public ValueTask DisposeAsync() => server.DisposeAsync();

    // ExportTraceServiceRequest: resource_spans = 1 { resource = 1 { attributes = 1 }, scope_spans = 2 { spans = 2 } }.
    private static IEnumerable<SentSpan> Read(byte[] request) =>
        from resourceSpans in Children(request, 1)
        let service = Tags(Children(resourceSpans, 1).Single(), 1)["service.name"]
        from scopeSpans in Children(resourceSpans, 2)
        from span in Children(scopeSpans, 2)
        select new SentSpan(
            service,
            Encoding.UTF8.GetString(Children(span, 5).Single()),
            Convert.ToHexStringLower(Children(span, 1).Single()),
            Convert.ToHexStringLower(Children(span, 2).Single()),
            Convert.ToHexStringLower(Children(span, 4).SingleOrDefault([])),
            Fields(span).Where(field => field.Number == 6).Select(field => field.Value).SingleOrDefault(),
            Tags(span, 9)
        );

    // KeyValue: key = 1, value = 2 { string_value = 1, int_value = 3 }.
    private static Dictionary<string, string> Tags(byte[] message, int field) =>
        Children(message, field)
            .ToDictionary(
                pair => Encoding.UTF8.GetString(Children(pair, 1).Single()),
                pair =>
                {
                    var (number, value, bytes) = Fields(Children(pair, 2).Single()).Single();
                    return number == 1 ? Encoding.UTF8.GetString(bytes) : value.ToString();
                },
                StringComparer.Ordinal
            );

    private static IEnumerable<byte[]> Children(byte[] message, int number) =>
        Fields(message).Where(field => field.Number == number).Select(field => field.Bytes);

    /// <summary>The fields of a message of Protocol Buffers.</summary>
    private static IEnumerable<(int Number, long Value, byte[] Bytes)> Fields(byte[] message)
    {
        var at = 0;
        while (at < message.Length)
        {
            var tag = Varint(message, ref at);
            var number = (int)(tag >> 3);
            switch (tag & 7)
            {
                case 0:
                    yield return (number, Varint(message, ref at), []);
                    break;
                case 1:
                    yield return (number, BinaryPrimitives.ReadInt64LittleEndian(message.AsSpan(at)), []);
                    at += 8;
                    break;
                case 2:
                    var length = (int)Varint(message, ref at);
                    yield return (number, 0, message[at..(at + length)]);
                    at += length;
                    break;
                case 5:
                    yield return (number, BinaryPrimitives.ReadInt32LittleEndian(message.AsSpan(at)), []);
                    at += 4;
                    break;
                default:
                    throw new InvalidDataException("No message of Protocol Buffers.");
            }
        }
    }

    private static long Varint(byte[] message, ref int at)
    {
        var value = 0L;
        for (var shift = 0; ; shift += 7)
        {
            var next = message[at++];
            value |= (long)(next & 0x7f) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }
    }
}
