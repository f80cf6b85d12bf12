using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Lace.Platform;

namespace Lace.Records.Storage;

internal static class ItemDocument
{
    /// <summary>The document of an item that this program wrote.</summary>
    /// <exception cref="InvalidDataException">It is not one: somebody else wrote to the store.</exception>
    public static T Read<T>(this Item item, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(item.Document, type) ?? throw new JsonException("null");
        }
        catch (JsonException failure)
        {
            throw new InvalidDataException(
                $"The stored item {item.Key.Partition} {item.Key.Sort} is not a {typeof(T).Name}.",
                failure
            );
        }
    }
}
