namespace Lace.Tests.Functions;

/// <summary>Time that passes when the test says so; timers run on the system's.</summary>
internal sealed class ManualClock : TimeProvider
{
    private DateTimeOffset now = new(2026, 11, 20, 13, 45, 1, TimeSpan.Zero);

    public void Advance(TimeSpan time) => now += time;

    public override DateTimeOffset GetUtcNow() => now;
}
