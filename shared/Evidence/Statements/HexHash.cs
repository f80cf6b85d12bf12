using System.Text.Json;
using System.Text.Json.Serialization;
using Lace.Evidence.Transparency;

namespace Lace.Evidence.Statements;

/// <summary>A SHA-256 as 64 lower-case hex digits.</summary>
internal sealed class HexHash : JsonConverter<MerkleHash>
{
    public override MerkleHash Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && MerkleHash.TryParse(reader.GetString(), out var hash)
            ? hash
            : throw new JsonException("A hash is 64 lower-case hex digits.");

    public override void Write(Utf8JsonWriter writer, MerkleHash value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString());
}
