using Lace.Evidence.Transparency.Notes;
using Lace.Functions.Hosting;

namespace Lace.Functions.TransparencyLog.Witnesses;

/// <summary>A witness that this log asks for cosignatures.</summary>
/// <param name="Prefix">Its submission prefix; <c>add-checkpoint</c> is below it.</param>
/// <param name="Key">What its cosignatures must verify under.</param>
internal sealed record Witness(Uri Prefix, VerifierKey Key)
{
    /// <summary>For one call; a round takes at most two of them.</summary>
    public TimeSpan TimeLimit { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Where checkpoints are sent.</summary>
    public Uri AddCheckpoint => new($"{Prefix.AbsoluteUri.TrimEnd('/')}/add-checkpoint");

    /// <summary>The witnesses of a policy file that have a URL there.</summary>
    /// <exception cref="SettingException">A URL is not one of HTTP.</exception>
    public static IReadOnlyList<Witness> Of(TlogPolicy policy) =>
        [
            .. policy
                .Witnesses.Where(witness => witness.Url is not null)
                .Select(witness => Of(witness.Key, witness.Url!)),
        ];

    private static Witness Of(VerifierKey key, string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var prefix)
        && (prefix.Scheme == Uri.UriSchemeHttps || prefix.Scheme == Uri.UriSchemeHttp)
            ? new Witness(prefix, key)
            : throw new SettingException($"The witness {key.Name} has the URL '{url}', which is not one of HTTP.");
}
