using System.CommandLine;

namespace Lace.Cli;

/// <summary>Options that every command understands.</summary>
internal static class CommonOptions
{
    public static readonly Option<string?> BaseUrl = new("--base-url")
    {
        Description = "Address of the service [LACE_BASE_URL; lace.toml: base_url; http://127.0.0.1:8080]",
        HelpName = "url",
        Recursive = true,
    };

    public static readonly Option<string?> ApiKey = new("--api-key")
    {
        Description =
            "API key; other users of the machine can see it here, so prefer [LACE_API_KEY; lace.toml: api_key]",
        HelpName = "key",
        Recursive = true,
    };

    public static readonly Option<bool> Json = new("--json")
    {
        Description = "Print the result as one JSON object",
        Recursive = true,
    };

    public static readonly Option<bool> Quiet = new("--quiet", "-q")
    {
        Description = "Print the result and errors only",
        Recursive = true,
    };

    public static LaceConfig Config(this ParseResult parsed, CommandHost host) =>
        LaceConfig.Resolve(parsed.GetValue(BaseUrl), parsed.GetValue(ApiKey), host);
}
