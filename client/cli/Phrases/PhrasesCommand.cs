using System.CommandLine;

namespace Lace.Cli.Phrases;

/// <summary><c>lace phrases</c>: text that many share, to be told from text that was copied.</summary>
internal static class PhrasesCommand
{
    public static Command Create() =>
        new("phrases", "Common phrases, for `lace check --subtract`") { PhrasesBuildCommand.Create() };
}
