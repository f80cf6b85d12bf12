using System.Text.Json.Nodes;
using Lace.SystemTests.Platform;
using Lace.Worker.Models;

namespace Lace.SystemTests.Models;

/// <summary>The tokenizer of bytes, after a change of its files.</summary>
internal static class MadeTokenizer
{
    public static Tokenizer From(Action<JsonNode> change, Action<JsonNode>? configure = null)
    {
        using var folder = new TemporaryFolder();
        Tokenizer.OfBytes().Save(folder.Path);
        Change(folder["tokenizer.json"], change);
        Change(folder["tokenizer_config.json"], configure ?? (_ => { }));
        return Tokenizer.Load(folder.Path);
    }

    private static void Change(string path, Action<JsonNode> change)
    {
        var root = JsonNode.Parse(File.ReadAllText(path))!;
        change(root);
        File.WriteAllText(path, root.ToJsonString());
    }
}
