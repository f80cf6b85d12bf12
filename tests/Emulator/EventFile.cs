using System.Text;
using System.Text.RegularExpressions;

namespace Lace.Emulator;

/// <summary>An event of <c>tests/events</c>, with <c>${NAME}</c> where only the caller knows what goes there.</summary>
public static partial class EventFile
{
    /// <param name="value">What a name stands for; where it is null the text stays as it is.</param>
    public static byte[] Read(string path, Func<string, string?> value) =>
        Encoding.UTF8.GetBytes(
            Variable().Replace(File.ReadAllText(path), match => value(match.Groups["name"].Value) ?? match.Value)
        );

    [GeneratedRegex(@"\$\{(?<name>[A-Z_]+)\}", RegexOptions.None, 1000)]
    private static partial Regex Variable();
}
