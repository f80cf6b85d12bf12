namespace Lace.Evidence.NearDuplicates;

/// <summary>Later.</summary>
public sealed record CommittedBands;
