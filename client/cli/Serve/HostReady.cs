using System.Text.Json;

namespace Lace.Cli.Serve;

/// <summary>What the host says when it listens.</summary>
/// <param name="Line">As the host said it: one line of JSON.</param>
/// <param name="ApiKey">Only on the first start on a data folder.</param>
internal sealed record HostReady(string Line, string Address, string Data, string? ApiKey)
{
    /// <summary>Null where the line is not an announcement.</summary>
    public static HostReady? Parse(string? line)
    {
        try
        {
            using var json = JsonDocument.Parse(line ?? "");
            var root = json.RootElement;
            return new HostReady(
                line!,
                root.GetProperty("address").GetString()!,
                root.GetProperty("data").GetString()!,
                root.TryGetProperty("api_key", out var key) ? key.GetString() : null
            );
        }
        catch (Exception failure) when (failure is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <param name="program">The host program: it makes further keys.</param>
    public string Welcome(string program) =>
        $"""
            Lace Cloud listens on {Address}
            Its data is in {Data}

            {(ApiKey is null ? KnownFolder(program) : FirstStart())}
            Next, in another terminal:
              export LACE_BASE_URL={Address}
              lace attest --dataset FILE
            The API is described at {Address}/openapi/v1.json. Ctrl-C stops the server.

            """;

    private string FirstStart() =>
        $"""
            A first start: this API key is shown now and never again. Keep it.
              export LACE_API_KEY={ApiKey}

            """;

    private string KnownFolder(string program) =>
        $"""
            This folder has its API keys already. A new one: dotnet '{program}' keys create --data '{Data}'

            """;
}
