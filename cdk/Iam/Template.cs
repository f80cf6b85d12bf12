using System.Text.Json;

namespace Lace.Cdk.Iam;

/// <summary>A synthesized template, read for what a person or a test asks of it.</summary>
internal sealed class Template(JsonElement root)
{
    public JsonElement Root => root;

    public static Template Read(string path)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(path));
        return new Template(document.RootElement.Clone());
    }

    public IEnumerable<(string Id, JsonElement Properties)> OfType(string type) =>
        from resource in root.GetProperty("Resources").EnumerateObject()
        where resource.Value.GetProperty("Type").GetString() == type
        select (resource.Name, resource.Value.TryGetProperty("Properties", out var own) ? own : default);

    /// <summary>A value as one line: references by the name of what they refer to, in angle brackets.</summary>
    public static string Text(JsonElement value) =>
        value.ValueKind switch
        {
            JsonValueKind.String => value.GetString()!,
            JsonValueKind.Array => string.Join(", ", value.EnumerateArray().Select(Text)),
            JsonValueKind.Object => OfFunction(value.EnumerateObject().First()),
            _ => value.GetRawText(),
        };

    private static string OfFunction(JsonProperty function) =>
        function.Name switch
        {
            "Ref" => $"<{Name(Text(function.Value))}>",
            "Fn::GetAtt" => $"<{Name(Text(function.Value[0]))}>",
            "Fn::ImportValue" => $"<{Imported(Text(function.Value))}>",
            "Fn::Join" => string.Concat(function.Value[1].EnumerateArray().Select(Text)),
            "Fn::Sub" => Text(function.Value).Replace("${AWS::AccountId}", "<account>", StringComparison.Ordinal),
            _ => throw new InvalidDataException($"{function.Name} is a function of templates that is not read here."),
        };

    /// <summary>Without the digest that CDK puts behind a resource's name.</summary>
    public static string Name(string id) =>
        id switch
        {
            "AWS::AccountId" => "account",
            "AWS::Partition" => "partition",
            _ => id.Length > 8 && id[^8..].All(char.IsAsciiHexDigitUpper) ? id[..^8] : id,
        };

    private static string Imported(string export)
    {
        var id = export[(export.IndexOf(':', StringComparison.Ordinal) + 1)..];
        foreach (var prefix in (string[])["ExportsOutputFnGetAtt", "ExportsOutputRef"])
        {
            if (id.StartsWith(prefix, StringComparison.Ordinal))
            {
                var rest = id[prefix.Length..];

                // Both the resource and the attribute are in it, each with digests: what is before the first digest is the name.
                var end = Enumerable
                    .Range(0, rest.Length - 7)
                    .First(i => rest.AsSpan(i, 8).ContainsAnyExcept(Hex) is false);
                return rest[..end];
            }
        }

        return id;
    }

    private static readonly System.Buffers.SearchValues<char> Hex = System.Buffers.SearchValues.Create(
        "0123456789ABCDEF"
    );
}
