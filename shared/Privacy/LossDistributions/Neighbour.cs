namespace Lace.Privacy.LossDistributions;

/// <summary>Which of two neighbouring datasets the privacy loss is drawn on. A guarantee has to hold on both.</summary>
internal enum Neighbour
{
    /// <summary>The one with the record; the other lacks it.</summary>
    WithRecord,

    /// <summary>The one without the record; the other has it.</summary>
    WithoutRecord,
}
