using System.Runtime.InteropServices;

namespace Lace.Privacy.Renyi;

/// <summary>The logarithm of a sum of terms that are given by their logarithms.</summary>
[StructLayout(LayoutKind.Auto)]
internal struct LogSum
{
    private double largest = double.NegativeInfinity;
    private double scaled;

    public LogSum() { }

    public readonly double Value => largest + Math.Log(scaled);

    public void Add(double log)
    {
        if (log > largest)
        {
            scaled = (scaled * Math.Exp(largest - log)) + 1;
            largest = log;
        }
        else if (log > largest - 50)
        {
            scaled += Math.Exp(log - largest);
        }
    }
}
