using System.Text.Encodings.Web;
using System.Text.Json;

namespace Lace.Functions.Hosting;

internal static class JsonSize
{
    /// <summary>Bytes of the pairs as a JSON object in UTF-8 that escapes no more than JSON asks for, brackets left out.</summary>
    public static int Of(IReadOnlyDictionary<string, string> pairs) =>
        pairs.Sum(pair => Of(pair.Key) + Of(pair.Value) + "\"\":\"\",".Length);

    private static int Of(string text) =>
        JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).EncodedUtf8Bytes.Length;
}
