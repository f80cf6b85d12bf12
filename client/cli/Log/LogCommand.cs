using System.CommandLine;

namespace Lace.Cli.Log;

/// <summary><c>lace log</c>: the transparency log, checked from outside.</summary>
internal static class LogCommand
{
    public static Command Create() =>
        new("log", "Check a transparency log, and proofs from it")
        {
            ConsistencyCommand.Create(),
            FsckCommand.Create(),
            ProofCommand.Create(),
            VerifyProofCommand.Create(),
        };
}
