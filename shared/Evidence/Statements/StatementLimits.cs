namespace Lace.Evidence.Statements;

/// <summary>How much of what grows with a run, or what a tenant writes, stands in a predicate, so that four statements fit a bundle.</summary>
public static class StatementLimits
{
    /// <summary>Most entries of a list. How many gaps, stretches or runs were left out is a member of its own.</summary>
    public const int Listed = 16;

    /// <summary>Most bytes, in JCS form, of an object that a tenant writes freely.</summary>
    public const int FreeBytes = 512;

    /// <summary>The same in a dataset statement that commits to a filter.</summary>
    public const int FreeBytesBesideFilter = 192;

    /// <summary>Most bytes, in JCS form, of a sentence for people; a longer one is cut and ends with an ellipsis.</summary>
    public const int SentenceBytes = 320;
}
