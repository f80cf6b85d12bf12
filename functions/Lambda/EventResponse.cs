using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http.Features;

namespace Lace.Functions.Lambda;

/// <summary>What the pipeline answers, held until it is whole: an HTTP API takes no stream.</summary>
internal sealed class EventResponse : IHttpResponseFeature, IHttpResponseBodyFeature
{
    private readonly Stack<(Func<object, Task> Callback, object State)> starting = new();
    private readonly Stack<(Func<object, Task> Callback, object State)> completed = new();
    private readonly ArrayBufferWriter<byte> body = new();
    private readonly BodyStream stream;
    private PipeWriter? writer;
    private int statusCode = StatusCodes.Status200OK;

    public EventResponse() => (stream, Body) = (new BodyStream(this), Stream.Null);

    public int StatusCode
    {
        get => statusCode;
        set =>
            statusCode = !HasStarted
                ? value
                : throw new InvalidOperationException("The status of an answer that has started cannot be changed.");
    }

    public string? ReasonPhrase { get; set; }

    public IHeaderDictionary Headers { get; set; } = new HeaderDictionary();

    /// <summary>Obsolete in the interface: the body's feature has it.</summary>
    public Stream Body { get; set; }

    /// <summary>Whether headers and status stand.</summary>
    public bool HasStarted { get; private set; }

    public Stream Stream => stream;

    public PipeWriter Writer => writer ??= PipeWriter.Create(stream, new StreamPipeWriterOptions(leaveOpen: true));

    public ReadOnlyMemory<byte> Content => body.WrittenMemory;

    public void OnStarting(Func<object, Task> callback, object state)
    {
        if (HasStarted)
        {
            throw new InvalidOperationException("The answer has started.");
        }

        starting.Push((callback, state));
    }

    public void OnCompleted(Func<object, Task> callback, object state) => completed.Push((callback, state));

    public void DisableBuffering() { }

    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        if (HasStarted)
        {
            return;
        }

        while (starting.TryPop(out var entry))
        {
            await entry.Callback(entry.State);
        }

        HasStarted = true;
    }

    public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default) =>
        SendFileFallback.SendFileAsync(stream, path, offset, count, cancellationToken);

    /// <summary>All of the body is in <see cref="Content"/> after it.</summary>
    public async Task CompleteAsync()
    {
        await StartAsync();
        if (writer is not null)
        {
            await writer.FlushAsync();
        }
    }

    /// <summary>Runs what waits for the end, even where some of it fails; the last failure is thrown.</summary>
    public async Task EndAsync()
    {
        Exception? last = null;
        while (completed.TryPop(out var entry))
        {
            try
            {
                await entry.Callback(entry.State);
            }
            catch (Exception failure)
            {
                last = failure;
            }
        }

        if (last is not null)
        {
            throw new InvalidOperationException("What was to run after the answer failed.", last);
        }
    }

    private sealed class BodyStream(EventResponse response) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override async ValueTask WriteAsync(
            ReadOnlyMemory<byte> buffer,
            CancellationToken cancellationToken = default
        )
        {
            await response.StartAsync(cancellationToken);
            response.body.Write(buffer.Span);
        }

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override Task FlushAsync(CancellationToken cancellationToken) => response.StartAsync(cancellationToken);

        public override void Flush() { }

        public override void Write(byte[] buffer, int offset, int count) =>
            throw new NotSupportedException("Answers are written asynchronously, as on Kestrel.");

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
