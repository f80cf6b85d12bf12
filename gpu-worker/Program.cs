namespace Lace.Worker;

/// <summary>Trains one training client: claims it, works through its operation log, seals its state, ends when idle.</summary>
internal static class Program
{
    private static int Main()
    {
        Console.Error.WriteLine("worker: not built yet");
        return 78;
    }
}
