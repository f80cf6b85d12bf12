using System.Text;
using Amazon.SQS.Model;

namespace Lace.Platform.Aws;

/// <summary>Bytes as the text of a message: as they are where SQS takes them, else in base64 under an attribute that says so.</summary>
/// <remarks>What others send, as API Gateway does with the body of a request, has no such attribute and comes out as its bytes.</remarks>
internal static class SqsBody
{
    private const string Attribute = "lace-encoding";
    private const string Base64 = "base64";

    private static readonly UTF8Encoding Strict = new(
        encoderShouldEmitUTF8Identifier: false,
        throwOnInvalidBytes: true
    );

    public static SendMessageRequest Write(ReadOnlySpan<byte> body)
    {
        if (TextOf(body) is { } text)
        {
            return new SendMessageRequest { MessageBody = text };
        }

        // A message has at least one character.
        var request = new SendMessageRequest { MessageBody = body.IsEmpty ? "=" : Convert.ToBase64String(body) };
        request.MessageAttributes = new Dictionary<string, MessageAttributeValue>(StringComparer.Ordinal)
        {
            [Attribute] = new() { DataType = "String", StringValue = Base64 },
        };
        return request;
    }

    public static byte[] Read(Message message)
    {
        if (message.MessageAttributes?.GetValueOrDefault(Attribute)?.StringValue != Base64)
        {
            return Encoding.UTF8.GetBytes(message.Body);
        }

        try
        {
            return message.Body == "=" ? [] : Convert.FromBase64String(message.Body);
        }
        catch (FormatException)
        {
            // Not ours: whoever consumes it refuses it, and the messages beside it go on.
            return Encoding.UTF8.GetBytes(message.Body);
        }
    }

    /// <summary>Null where the bytes are no text that a message may hold: the characters of XML 1.0, and not none.</summary>
    private static string? TextOf(ReadOnlySpan<byte> body)
    {
        try
        {
            var text = Strict.GetString(body);
            return text.Length > 0 && text.All(IsAllowed) ? text : null;
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    private static bool IsAllowed(char c) => c >= ' ' ? c is not ('\ufffe' or '\uffff') : c is '\t' or '\n' or '\r';
}
