namespace Lace.Evidence.Datasets;

/// <summary>A dataset that cannot be committed as it is. The message names the file, the place in it and the remedy, never the content.</summary>
public sealed class DatasetException : Exception
{
    internal DatasetException(string message, Exception? cause = null)
        : base(message, cause) { }

    internal static DatasetException At(string source, DatasetFormat format, long position, string problem)
    {
        var place = format switch
        {
            DatasetFormat.Json => $", element {position}",
            DatasetFormat.File => string.Empty,
            _ => $", line {position}",
        };
        return new DatasetException($"{source}{place}: {problem}");
    }
}
