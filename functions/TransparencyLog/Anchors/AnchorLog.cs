using Lace.Evidence.Statements.Sigstore;
using Lace.Functions.Hosting;

namespace Lace.Functions.TransparencyLog.Anchors;

/// <summary>Somebody else's Rekor v2 log in which checkpoints of this one are entered.</summary>
/// <param name="Url">The log's base URL.</param>
/// <param name="Trust">The keys under which its answers must verify.</param>
internal sealed record AnchorLog(Uri Url, TrustedRoot Trust)
{
    /// <summary>Rekor answers when a checkpoint covers the entry; its documentation asks clients to wait at least 20 seconds.</summary>
    public TimeSpan TimeLimit { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Where entries are sent.</summary>
    public Uri Entries => new($"{Url.AbsoluteUri.TrimEnd('/')}/api/v2/log/entries");

    /// <summary>From the settings.</summary>
    /// <param name="url">Base URL.</param>
    /// <param name="trustedRoot">A Sigstore <c>trusted_root.json</c>.</param>
    /// <exception cref="SettingException">One of them is not what it should be.</exception>
    public static AnchorLog Read(string url, ReadOnlySpan<byte> trustedRoot)
    {
        if (
            !Uri.TryCreate(url, UriKind.Absolute, out var address)
            || (address.Scheme != Uri.UriSchemeHttps && address.Scheme != Uri.UriSchemeHttp)
        )
        {
            throw new SettingException($"The anchor '{url}' is not a URL of HTTP.");
        }

        return TrustedRoot.TryParse(trustedRoot) is { Logs.Count: > 0 } trust
            ? new AnchorLog(address, trust)
            : throw new SettingException(
                "The anchor's trusted root is not a Sigstore trusted_root.json that names a log."
            );
    }
}
