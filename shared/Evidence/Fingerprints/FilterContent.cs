namespace Lace.Evidence.Fingerprints;

/// <summary>Which of the two filters of an attestation.</summary>
public enum FilterContent
{
    /// <summary>Fingerprints of runs of text (FP-1).</summary>
    Fingerprints,

    /// <summary>Bands of whole records (MH-1), for near-duplicates.</summary>
    Bands,
}
