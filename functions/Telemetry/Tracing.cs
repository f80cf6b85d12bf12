using Lace.Functions.Hosting;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Lace.Functions.Telemetry;

/// <summary>Sends spans to a collector by OTLP, while it lives. Made by hand: the packages that hook it into a host are not used.</summary>
/// <remarks>
/// The spans of calls that .NET's own HTTP client makes are left out, as the exporter's are among them. Of the variables of OpenTelemetry the endpoint
/// and the protocol are read here; headers, sampler and limits by the library itself.
/// </remarks>
internal sealed class Tracing(TracerProvider provider) : IDisposable
{
    private const string EndpointVariable = "OTEL_EXPORTER_OTLP_ENDPOINT";
    private const string ProtocolVariable = "OTEL_EXPORTER_OTLP_PROTOCOL";
    private const string LambdaSource = "Lace.Lambda";
    private const string AspNetCoreSource = "Microsoft.AspNetCore";

    private static readonly TimeSpan FlushLimit = TimeSpan.FromSeconds(2);

    /// <summary>Null where no collector is named.</summary>
    /// <exception cref="SettingException">What is named is no address of one.</exception>
    public static Tracing? Read(IConfiguration environment, TelemetryLabels labels)
    {
        if (environment[EndpointVariable] is not { Length: > 0 } text)
        {
            return null;
        }

        if (!Uri.TryCreate(text, UriKind.Absolute, out var endpoint) || endpoint.Scheme is not ("http" or "https"))
        {
            throw new SettingException($"{EndpointVariable} is '{text}': give the http address of a collector.");
        }

        return environment[ProtocolVariable] switch
        {
            null or "" or "http/protobuf" => Start(endpoint, OtlpExportProtocol.HttpProtobuf, labels),
            "grpc" => Start(endpoint, OtlpExportProtocol.Grpc, labels),
            var other => throw new SettingException($"{ProtocolVariable} is '{other}': choose http/protobuf or grpc."),
        };
    }

    /// <param name="endpoint">Of the collector; the path of OTLP is put behind it where HTTP has one.</param>
    public static Tracing Start(Uri endpoint, OtlpExportProtocol protocol, TelemetryLabels labels)
    {
        var address =
            protocol == OtlpExportProtocol.Grpc ? endpoint : new Uri(endpoint.AbsoluteUri.TrimEnd('/') + "/v1/traces");
        var provider = Sdk.CreateTracerProviderBuilder()
            .ConfigureResource(resource =>
                resource
                    .AddService($"lace-{labels.Function}", serviceVersion: HealthApi.Version)
                    .AddAttributes([new("deployment.environment.name", labels.Stage)])
            )
            .AddSource(Spans.SourceName, LambdaSource, AspNetCoreSource)
            .AddOtlpExporter(options => (options.Endpoint, options.Protocol) = (address, protocol))
            .Build();
        return new Tracing(provider);
    }

    /// <summary>Sends what has ended and waits for it a moment: before Lambda may freeze the process.</summary>
    public void Flush() => provider.ForceFlush((int)FlushLimit.TotalMilliseconds);

    public void Dispose() => provider.Dispose();
}
