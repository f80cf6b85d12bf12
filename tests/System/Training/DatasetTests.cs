using System.IO.Compression;
using System.Text;
using Lace.Worker.Models;
using Lace.Worker.Training;

namespace Lace.SystemTests.Training;

public sealed class DatasetTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("lace-dataset-");
    private readonly Tokenizer tokenizer = Tokenizer.OfBytes();

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public void Records_are_those_of_the_attestation_in_their_order()
    {
        Write("b.jsonl", "{\"text\":\"two\"}\n\n{\"text\":\"three\"}\n");
        Write("a.jsonl", "{\"text\":\"zero\"}\r\n{\"text\":\"o\\u006ee\"}");
        Write("c/d.csv", "id,text\n1,\"four, \"\"five\"\"\"\n");
        Write("e.txt", "six\nseven\n\n\neight\n");
        Write(".hidden.jsonl", "{\"text\":\"no\"}\n");
        Write("other.bin", "no");
        using (var file = File.Create(Path.Combine(folder.FullName, "f.jsonl.gz")))
        using (var compressed = new GZipStream(file, CompressionLevel.Fastest))
        {
            compressed.Write("{\"text\":\"nine\"}\n"u8);
        }

        Assert.Equal(["zero", "one"], Texts("a.jsonl", "text"));
        Assert.Equal(["six\nseven", "eight"], Texts("e.txt", null));
        Assert.Equal(["nine"], Texts("f.jsonl.gz", "text"));
        File.Delete(Path.Combine(folder.FullName, "e.txt"));
        Assert.Equal(["zero", "one", "two", "three", "four, \"five\"", "nine"], Texts("", "text"));
        Assert.Equal("{\"text\":\"two\"}", Texts("b.jsonl", null)[0]);
    }

    [Fact]
    public void A_long_record_is_cut_and_an_empty_one_stays()
    {
        Write("a.jsonl", "{\"text\":\"\"}\n{\"text\":\"abcdefghij\"}\n{\"text\":\"ab\"}\n");
        var data = Load("a.jsonl", "text", longest: 5);
        Assert.Equal((3, 1), (data.Count, data.Cut));
        Assert.Equal(5, data[1].Length);
        Assert.Equal("abcde", Text(data[1]).Trim('\u0000')[..5]);
        Assert.True(data[0].Length <= 2);
        Assert.Equal(tokenizer.EndOfText, data[2][^1]);
        Assert.NotEqual(tokenizer.EndOfText, data[1][^1]);
    }

    [Fact]
    public void What_is_no_dataset_is_refused_without_its_content()
    {
        Write("a.jsonl", "{\"text\":\"secret\"}\n{\"txt\":\"secret\"}\n");
        Write("broken.json", "[{\"text\":\"secret\"},");
        Write("none/x.bin", "x");
        var broken = Path.Combine(folder.FullName, "b.jsonl.gz");
        File.WriteAllBytes(broken, [0x1f, 0x8b, 8, 0, 1, 2]);
        foreach (
            var (path, reason) in new[]
            {
                ("a.jsonl", "record 1"),
                ("broken.json", "cannot be read"),
                ("none", "known kind"),
                ("nowhere", "no such dataset"),
                ("b.jsonl.gz", "cannot be read"),
            }
        )
        {
            var refusal = Assert.Throws<TrainingRefusedException>(() => Load(path, "text"));
            Assert.Contains(reason, refusal.Message, StringComparison.Ordinal);
            Assert.DoesNotContain("secret", refusal.Message, StringComparison.Ordinal);
            Assert.DoesNotContain(folder.FullName, refusal.Message, StringComparison.Ordinal);
        }

        Assert.Throws<TrainingRefusedException>(() => Load("a.jsonl", ""));
    }

    [Fact]
    public void What_reads_like_a_special_token_is_text()
    {
        Write("a.txt", "<|endoftext|>");
        var data = Load("a.txt", null);
        Assert.Equal(1, data[0].ToArray().Count(token => token == tokenizer.EndOfText));
        Assert.Contains("<|endoftext|>", Text(data[0]), StringComparison.Ordinal);
    }

    private void Write(string name, string content)
    {
        var path = Path.Combine(folder.FullName, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content, new UTF8Encoding(false));
    }

    private TokenizedDataset Load(string name, string? field, int longest = 100) =>
        TokenizedDataset.Load(Path.Combine(folder.FullName, name), field, null, tokenizer, longest);

    private string[] Texts(string name, string? field)
    {
        var data = Load(name, field);
        return [.. Enumerable.Range(0, data.Count).Select(record => Text(data[record]))];
    }

    private string Text(ReadOnlySpan<int> tokens) => tokenizer.Decode(tokens);
}
