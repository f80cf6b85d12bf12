using System.Text;

namespace Lace.Platform;

/// <summary>Text that every store gives back as it was given.</summary>
internal static class WellFormed
{
    private static readonly UTF8Encoding Strict = new(
        encoderShouldEmitUTF8Identifier: false,
        throwOnInvalidBytes: true
    );

    /// <summary>Length in UTF-8. Lone surrogates would be stored as something else, and U+0000 ends strings in C.</summary>
    public static int ByteCount(string text, string parameter)
    {
        ArgumentNullException.ThrowIfNull(text, parameter);
        if (text.Contains('\0', StringComparison.Ordinal))
        {
            throw new ArgumentException("Text to store must not contain U+0000.", parameter);
        }

        try
        {
            return Strict.GetByteCount(text);
        }
        catch (EncoderFallbackException e)
        {
            throw new ArgumentException("Text to store must not contain lone surrogates.", parameter, e);
        }
    }
}
