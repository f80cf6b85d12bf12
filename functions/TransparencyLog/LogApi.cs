using System.IO.Compression;
using Lace.Evidence.Statements.Sigstore;
using Lace.Evidence.Transparency.Notes;
using Lace.Evidence.Transparency.Tiles;
using Lace.Functions.Hosting;
using Lace.Functions.Lambda;
using Lace.Functions.Notary;
using Lace.Functions.Plans;
using Lace.Functions.Problems;
using Lace.Functions.TransparencyLog.Anchors;
using Lace.Functions.TransparencyLog.Outgoing;
using Lace.Functions.TransparencyLog.Witnesses;
using Lace.Platform;
using Lace.Records.TransparencyLog;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Lace.Functions.TransparencyLog;

/// <summary>The transparency log: its sequencer, and its public files as C2SP tlog-tiles has them, for anybody, without a key.</summary>
internal static class LogApi
{
    private const string OctetStream = "application/octet-stream";
    private const string SigstoreJson = "application/vnd.dev.sigstore.bundle.v0.3+json";
    private const string PlainText = "text/plain; charset=utf-8";

    /// <summary>A tile never changes; a checkpoint does with every batch.</summary>
    private const string Forever = "public, max-age=31536000, immutable";

    private const string FiveSeconds = "public, max-age=5";

    /// <summary>What a function needs that promises entries and reads the log: everything but the sequencer.</summary>
    public static void AddTransparencyLog(this IServiceCollection services)
    {
        // Waited for here because the origin is part of every promise, and a promise is made in the middle of a transaction. The
        // keys of a host do not change while it runs.
        services.TryAddSingleton(provider =>
            LogKeys.OpenAsync(provider.GetRequiredService<IKeyService>()).GetAwaiter().GetResult()
        );
        services.TryAddSingleton(provider => new LogPlace(provider.GetRequiredService<LogKeys>().Origin));
        services.TryAddSingleton<LogSignal>();
        services.TryAddSingleton<PendingEntries>();
        services.TryAddSingleton<Sequencer>();
        services.TryAddSingleton<SequencerPass>();
        services.TryAddSingleton(IndexOf);
        services.TryAddSingleton<CosignedCheckpoints>();
        services.TryAddSingleton<LogReader>();
        services.TryAddSingleton(provider => LogPartners.Read(provider.GetRequiredService<HostSettings>()));
    }

    public static void AddLog(this IServiceCollection services)
    {
        services.AddNotary();
        services.AddSingleton<IPass>(provider => provider.GetRequiredService<SequencerPass>());
        services.AddSingleton<OutgoingHttp>();
        services.AddPass<WitnessPass>();
        services.AddSingleton<StoredAnchors>();
        services.AddSingleton<IPass>(AnchorPassOf);
    }

    /// <summary>Each Lambda of ours can be asleep but the one that is asked: it cannot wait for another to make the batch.</summary>
    private static LogIndex IndexOf(IServiceProvider provider) =>
        new(
            provider.GetRequiredService<IItemStore>(),
            provider.GetRequiredService<LogPlace>(),
            provider.GetRequiredService<LogSignal>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetService<LambdaSettings>() is null ? null : provider.GetRequiredService<SequencerPass>()
        );

    private static AnchorPass AnchorPassOf(IServiceProvider provider)
    {
        var clock = provider.GetRequiredService<TimeProvider>();
        var ours = provider.GetRequiredService<StoredAnchors>();
        var anchor = provider.GetRequiredService<LogPartners>().Anchor is { } other
            ? new CheckpointAnchor(
                new RekorClient(other, provider.GetRequiredService<OutgoingHttp>(), clock),
                ours.NewestCheckpointAsync,
                ours.SignAsync,
                ours.KeepAsync,
                provider.GetRequiredService<ILogger<CheckpointAnchor>>()
            )
            : null;
        return new AnchorPass(anchor, provider.GetRequiredService<ILogger<AnchorPass>>());
    }

    public static void MapLog(this IEndpointRouteBuilder routes)
    {
        routes.MapPolicy();
        var group = routes.MapGroup("/v1/log").WithTags("Log");
        group
            .MapGet("/checkpoint", CheckpointAsync)
            .WithSummary("The newest checkpoint")
            .WithDescription("A signed note (C2SP tlog-checkpoint): origin, number of entries, tree head, signatures.")
            .Produces(StatusCodes.Status200OK, contentType: "text/plain")
            .Refuses(StatusCodes.Status404NotFound);
        group
            .MapGet("/tile/{**path}", TileAsync)
            .WithSummary("A tile of hashes or a bundle of entries")
            .WithDescription(
                "`L/N` or `entries/N`, N in groups of three digits, all but the last behind an `x`; a partial one has `.p/W` at the end (C2SP tlog-tiles). Bundles of entries come compressed with gzip where that is accepted."
            )
            .Produces(StatusCodes.Status200OK, contentType: OctetStream)
            .Refuses(StatusCodes.Status404NotFound);
        group
            .MapGet("/trusted_root.json", TrustedRootOf)
            .WithSummary("The log as Sigstore clients are told of it")
            .WithDescription(
                "Sigstore TrustedRoot v0.1 with this log alone. Trust on first use: compare the key over another way."
            )
            .Produces(StatusCodes.Status200OK, contentType: "application/json");
        group
            .MapGet("/policy", PolicyOf)
            .WithSummary("The keys of the log as a policy")
            .WithDescription(
                "C2SP tlog-policy: both keys of the log, and the witnesses and the quorum that this server was set up with. Trust on first use: compare the keys over another way."
            )
            .Produces(StatusCodes.Status200OK, contentType: "text/plain");
        group
            .MapGet("/anchor", AnchorAsync)
            .LimitAddress()
            .WithSummary("The newest checkpoint that another log has taken")
            .WithDescription(
                "Sigstore bundle v0.3: a message signature over the three lines of the checkpoint, and its entry in a Rekor v2 log."
            )
            .Produces(StatusCodes.Status200OK, contentType: SigstoreJson)
            .Refuses(StatusCodes.Status404NotFound, StatusCodes.Status429TooManyRequests);
    }

    private static async Task<Results<FileContentHttpResult, Problem>> CheckpointAsync(
        LogReader log,
        HttpResponse response,
        CancellationToken cancellationToken
    )
    {
        if (await log.ShownCheckpointAsync(cancellationToken) is not { } note)
        {
            return Missing("The log has no checkpoint yet. Repeat the request in a moment.");
        }

        response.Headers.CacheControl = FiveSeconds;
        return TypedResults.Bytes(note, PlainText);
    }

    private static async Task<Results<FileContentHttpResult, PushStreamHttpResult, Problem>> TileAsync(
        string path,
        LogReader log,
        HttpContext context,
        CancellationToken cancellationToken
    )
    {
        // Only what parses as the path of a tile is looked up, so nothing else below the log's folder can be reached.
        if (
            !TilePath.TryParse("tile/" + path, out var tile)
            || await log.TileAsync(tile, cancellationToken) is not { } content
        )
        {
            return Missing("The log has no such tile: see the checkpoint for its size.");
        }

        var headers = context.Response.Headers;
        headers.CacheControl = Forever;
        if (!tile.IsEntries)
        {
            return TypedResults.Bytes(content, OctetStream);
        }

        headers.Vary = "Accept-Encoding";
        if (!AcceptsGzip(context.Request))
        {
            return TypedResults.Bytes(content, OctetStream);
        }

        headers.ContentEncoding = "gzip";
        return TypedResults.Stream(
            async body =>
            {
                await using var gzip = new GZipStream(body, CompressionLevel.Fastest);
                await gzip.WriteAsync(content, cancellationToken);
            },
            OctetStream
        );
    }

    private static FileContentHttpResult TrustedRootOf(LogKeys keys)
    {
        var log = TrustedLog.Of(keys.Verifiers[0], keys.Since);
        return TypedResults.Bytes(new TrustedRoot([log]).ToJson(), "application/json");
    }

    private static async Task<Results<FileContentHttpResult, Problem>> AnchorAsync(
        StoredAnchors anchors,
        HttpResponse response,
        CancellationToken cancellationToken
    )
    {
        response.Headers.CacheControl = FiveSeconds;
        return await anchors.NewestAsync(cancellationToken) is { } bundle
            ? TypedResults.Bytes(bundle, SigstoreJson)
            : Missing("No checkpoint of this log was entered in another one yet.");
    }

    private static ContentHttpResult PolicyOf(LogKeys keys, LogPartners partners) =>
        TypedResults.Text(partners.PolicyOf(keys).ToString(), PlainText);

    private static bool AcceptsGzip(HttpRequest request) =>
        request
            .GetTypedHeaders()
            .AcceptEncoding.Any(given =>
                given.Value.Equals("gzip", StringComparison.OrdinalIgnoreCase) && given.Quality is null or > 0
            );

    private static Problem Missing(string detail) => new(StatusCodes.Status404NotFound, "not_found", detail);
}
