namespace Lace.Worker.Training;

/// <summary>Seeds of generators whose numbers need not be secret.</summary>
internal static class Seeds
{
    /// <summary>One number of several, such that neighbours have nothing in common (SplitMix64 of Steele, Lea, Flood).</summary>
    public static long Mix(params ReadOnlySpan<long> parts)
    {
        var mixed = 0UL;
        foreach (var part in parts)
        {
            mixed = Next(mixed ^ (ulong)part);
        }

        return (long)mixed;
    }

    private static ulong Next(ulong state)
    {
        state += 0x9E3779B97F4A7C15;
        state = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9;
        state = (state ^ (state >> 27)) * 0x94D049BB133111EB;
        return state ^ (state >> 31);
    }
}
