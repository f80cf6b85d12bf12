namespace Lace.Cli;

/// <summary>Where the service is and the key for it. Flag before environment before <c>./lace.toml</c> before <c>~/.config/lace/config.toml</c>.</summary>
/// <param name="BaseUrl">Ends with a slash.</param>
internal sealed record LaceConfig(Uri BaseUrl, string? ApiKey)
{
    private const string DefaultBaseUrl = "http://127.0.0.1:8080";

    /// <summary>The base address as people write it.</summary>
    public string Address => BaseUrl.AbsoluteUri.TrimEnd('/');

    public static LaceConfig Resolve(string? baseUrlFlag, string? apiKeyFlag, CommandHost host)
    {
        var here = ReadFile(Path.Combine(host.WorkingDirectory, "lace.toml"));
        var user = ReadFile(Path.Combine(host.ConfigFolder, "config.toml"));
        var address = First(
            baseUrlFlag,
            host.Environment("LACE_BASE_URL"),
            host.Environment("LACE_API_URL"),
            here.GetValueOrDefault("base_url"),
            user.GetValueOrDefault("base_url"),
            DefaultBaseUrl
        );
        if (!Uri.TryCreate(address, UriKind.Absolute, out var baseUrl) || baseUrl.Scheme is not ("http" or "https"))
        {
            throw new CliException(
                $"'{address}' is no address of a service. Give one like {DefaultBaseUrl}.",
                ExitCode.Usage
            );
        }

        var key = First(
            apiKeyFlag,
            host.Environment("LACE_API_KEY"),
            here.GetValueOrDefault("api_key"),
            user.GetValueOrDefault("api_key")
        );
        if (key is not null && baseUrl.Scheme == "http" && !baseUrl.IsLoopback)
        {
            host.Warn($"the API key goes unencrypted to {baseUrl.Host}: use an https address.");
        }

        return new LaceConfig(new Uri(baseUrl.GetLeftPart(UriPartial.Path).TrimEnd('/') + "/"), key);
    }

    /// <exception cref="CliException">There is no key.</exception>
    public LaceConfig RequireKey() =>
        ApiKey is not null
            ? this
            : throw new CliException(
                "There is no API key. Set LACE_API_KEY, or api_key in lace.toml; `lace serve` prints one at its first start.",
                ExitCode.Authentication
            );

    // The key must not end up in a log by way of the record's own text.
    public override string ToString() => Address;

    private static string? First(params ReadOnlySpan<string?> candidates)
    {
        foreach (var candidate in candidates)
        {
            if (!string.IsNullOrWhiteSpace(candidate))
            {
                return candidate.Trim();
            }
        }

        return null;
    }

    // The flat part of TOML: key = "value", comments, nothing else.
    private static Dictionary<string, string> ReadFile(string path)
    {
        var values = new Dictionary<string, string>();
        if (!File.Exists(path))
        {
            return values;
        }

        var number = 0;
        foreach (var raw in File.ReadLines(path))
        {
            number++;
            var line = raw.Trim();
            if (line.Length == 0 || line[0] == '#')
            {
                continue;
            }

            var parts = line.Split('=', 2, StringSplitOptions.TrimEntries);
            if (
                parts is not [var key, ['"', .. var quoted]]
                || quoted.IndexOf('"') is not (>= 0 and var end)
                || !IsComment(quoted[(end + 1)..])
            )
            {
                throw new CliException($"{path}, line {number}: not of the form key = \"value\".", ExitCode.Usage);
            }

            values[key] = quoted[..end];
        }

        return values;
    }

    private static bool IsComment(string rest) => rest.TrimStart() is "" or ['#', ..];
}
