namespace Lace.Worker.Models;

/// <summary>One tensor that a header names.</summary>
/// <param name="Begin">Of its bytes, from the end of the header.</param>
/// <param name="End">Just after them.</param>
public sealed record SafeTensorEntry(string Name, ElementKind Kind, long[] Shape, long Begin, long End)
{
    public long Bytes => End - Begin;
}
