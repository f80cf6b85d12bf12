using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace Lace.Functions.Access;

/// <summary>A bearer secret in the clear: 32 random bytes behind a prefix that secret scanners know. Never stored, never logged.</summary>
public sealed class ApiKey
{
    public const string Prefix = "lace_prod_sk_";

    private readonly string text;

    private ApiKey(string text) => this.text = text;

    public static ApiKey Create() => new(Prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32)));

    public static bool TryParse(string? text, [NotNullWhen(true)] out ApiKey? key)
    {
        var valid =
            text is { Length: 56 }
            && text.StartsWith(Prefix, StringComparison.Ordinal)
            && text.AsSpan(Prefix.Length).IndexOfAnyExcept(Base64UrlCharacters) < 0;
        key = valid ? new ApiKey(text!) : null;
        return valid;
    }

    /// <summary>What is stored. 256 random bits need no salt and no slow hash.</summary>
    public string Sha256() => Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(text)));

    /// <summary>What lists show, so that a person can tell keys apart.</summary>
    public string LastFour => text[^4..];

    /// <summary>The secret itself: to be shown once, when it is made.</summary>
    public string Reveal() => text;

    /// <summary>Says which key, not the key: a secret must not end in a log by string interpolation.</summary>
    public override string ToString() => $"{Prefix}…{LastFour}";

    private static readonly System.Buffers.SearchValues<char> Base64UrlCharacters = System.Buffers.SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    );
}
