using System.Collections.Frozen;
using Lace.Platform;

namespace Lace.Emulator;

/// <summary>All functions of the deployment with what stands around them: the HTTP API, and where they are started the queue's event source and the clock.</summary>
public sealed class EmulatedService : IAsyncDisposable
{
    private readonly FrozenDictionary<string, EmulatedFunction> functions;
    private readonly HttpFront front;
    private readonly List<IAsyncDisposable> sources = [];

    private EmulatedService(FrozenDictionary<string, EmulatedFunction> functions, HttpFront front) =>
        (this.functions, this.front) = (functions, front);

    public Uri Address => front.Address;

    /// <param name="program">The published program.</param>
    /// <param name="environment">Of every function: where its platform is.</param>
    /// <param name="queue">What <c>POST /v1/runs/{id}/losses</c> puts its bodies on; null where no test sends any.</param>
    /// <param name="port">0 takes a free one.</param>
    /// <param name="concurrency">Most processes of one function.</param>
    /// <param name="log">Takes what the functions write.</param>
    public static async Task<EmulatedService> StartAsync(
        string program,
        IReadOnlyDictionary<string, string> environment,
        IQueue? queue = null,
        int port = 0,
        int concurrency = 2,
        TextWriter? log = null
    )
    {
        var deployed = Deployment
            .Functions(program, environment)
            .ToFrozenDictionary(
                settings => settings.Name,
                settings => new EmulatedFunction(settings, concurrency, log),
                StringComparer.Ordinal
            );
        var api = await HttpFront.StartAsync(
            port,
            Deployment.Routes,
            deployed,
            body => (queue ?? throw new InvalidOperationException("There is no queue.")).SendAsync(body)
        );
        return new EmulatedService(deployed, api);
    }

    public EmulatedFunction Function(string name) => functions[name];

    /// <summary>Calls <c>losses</c> with what is on the queue.</summary>
    /// <param name="visibility">After so long a message that was not done comes again.</param>
    public void Consume(IQueue queue, int batch, TimeSpan visibility)
    {
        var source = new QueueSource(queue, functions["losses"], batch, visibility);
        source.Start(1);
        sources.Add(source);
    }

    /// <summary>Calls <c>clock</c>.</summary>
    /// <param name="every">A minute on AWS.</param>
    public void Tick(TimeSpan every) => sources.Add(new Schedule(functions["clock"], every));

    public async ValueTask DisposeAsync()
    {
        await front.DisposeAsync();
        foreach (var source in sources)
        {
            await source.DisposeAsync();
        }

        foreach (var function in functions.Values)
        {
            await function.DisposeAsync();
        }
    }
}
