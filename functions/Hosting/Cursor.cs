using System.Buffers.Text;
using System.Text;
using Lace.Functions.Problems;

namespace Lace.Functions.Hosting;

/// <summary>Where the next page of a list begins, as text that clients send back without reading it.</summary>
internal static class Cursor
{
    private static readonly UTF8Encoding Strict = new(
        encoderShouldEmitUTF8Identifier: false,
        throwOnInvalidBytes: true
    );

    private static readonly Problem Refusal = new(
        StatusCodes.Status400BadRequest,
        "invalid_cursor",
        "cursor is not the next of a page of this list: begin again without it."
    );

    public static string? Write(string? position) =>
        position is null ? null : Base64Url.EncodeToString(Encoding.UTF8.GetBytes(position));

    /// <summary>What is wrong with the page that a request asks for; null where nothing is.</summary>
    /// <param name="position">Where the page begins; null for the first.</param>
    public static Problem? Check(int limit, string? cursor, out string? position) =>
        !TryRead(cursor, out position) ? Refusal
        : limit is < 1 or > 100 ? Problem.Invalid("limit is from 1 to 100.")
        : null;

    /// <summary>False for text that no page gave out; an absent cursor is the first page.</summary>
    private static bool TryRead(string? cursor, out string? position)
    {
        position = null;
        if (string.IsNullOrEmpty(cursor))
        {
            return true;
        }

        if (cursor.Length > 1000 || !Base64Url.IsValid(cursor))
        {
            return false;
        }

        try
        {
            position = Strict.GetString(Base64Url.DecodeFromChars(cursor));
            return position.Length is > 0 and <= 500 && !position.Any(char.IsControl);
        }
        catch (DecoderFallbackException)
        {
            return false;
        }
    }
}
