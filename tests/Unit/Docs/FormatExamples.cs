using System.Text;
using Lace.Evidence.Bundles;
using Lace.Evidence.Statements;
using Lace.Evidence.Transparency.Notes;

namespace Lace.Tests.Docs;

/// <summary>The files of <c>docs/formats/examples</c>, which other software made, and the page that shows them.</summary>
internal static class FormatExamples
{
    public static FormatPage IndexPage { get; } = FormatPage.Open("formats/README.md");

    public static LacePolicy Policy { get; } =
        LacePolicy.Parse(Read("policy.json"), out var reason) ?? throw new FormatException(reason);

    public static Statement ExampleStatement { get; } =
        Statement.TryParse(Read("statement.json"), out var statement) == StatementError.None
            ? statement!
            : throw new FormatException("statement.json is no statement.");

    public static Checkpoint ExampleCheckpoint { get; } =
        SignedNote.TryParse(ReadText("checkpoint"), out var note) && Checkpoint.TryParse(note.Text, out var checkpoint)
            ? checkpoint
            : throw new FormatException("checkpoint is no checkpoint.");

    public static byte[] Read(string name) => File.ReadAllBytes(FormatPage.PathOf($"formats/examples/{name}"));

    public static string ReadText(string name) => Encoding.UTF8.GetString(Read(name));

    /// <summary>The bytes pass; with a bit flipped, tried at about a hundred places, they do not.</summary>
    public static void AssertNoChangePasses(byte[] bytes, Func<byte[], bool> passes)
    {
        Assert.True(passes(bytes));
        for (var at = 0; at < bytes.Length; at += Math.Max(1, bytes.Length / 97))
        {
            bytes[at] ^= (byte)(1 << (at % 7));
            Assert.False(passes(bytes), $"byte {at}");
            bytes[at] ^= (byte)(1 << (at % 7));
        }
    }
}
