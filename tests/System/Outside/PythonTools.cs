using Lace.SystemTests.Cdk;

namespace Lace.SystemTests.Outside;

/// <summary>Programs that are Python packages: <c>./run test</c> puts them on the PATH where they are not.</summary>
internal static class PythonTools
{
    /// <summary>Path of the program; skips the test, with the reason, where there is none.</summary>
    public static string Find(string program)
    {
        var path = NodeTools.Find(program);
        Assert.SkipWhen(
            path is null,
            $"{program} is not on the PATH, and `./run test` could not install it: it needs PyPI once."
        );
        return path!;
    }
}
