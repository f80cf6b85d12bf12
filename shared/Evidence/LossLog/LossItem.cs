using Lace.Evidence.Trajectories;
using Lace.Evidence.Transparency;

namespace Lace.Evidence.LossLog;

/// <summary>One entry of the loss log (protocol §5). Times are milliseconds since the Unix epoch by the client's clock.</summary>
public abstract record LossItem
{
    private protected LossItem() { }
}

/// <summary>A process begins to log.</summary>
/// <param name="Process">Random hex, one a process.</param>
/// <param name="Resumed">Whether it continues a log that an earlier process began.</param>
public sealed record StartItem(long At, string Process, bool Resumed) : LossItem;

/// <summary>The committed order of one pass over the data.</summary>
/// <param name="Records">How many records the pass visits.</param>
/// <param name="Batches">How many batches the pass has.</param>
/// <param name="Commit">Head of the reverse hash chain over the batches: <see cref="OrderCommitment"/>.</param>
public sealed record OrderItem(int Epoch, long Records, long Batches, MerkleHash Commit) : LossItem;

public sealed record PointItem(LossPoint Point) : LossItem;

/// <summary>Opens an epoch's commitment for the batches before <paramref name="Next"/>.</summary>
public sealed record TailItem(int Epoch, long Next, MerkleHash Chain) : LossItem;

/// <summary>The run is over.</summary>
/// <param name="Points">How many points the run captured, over all its processes.</param>
/// <param name="Dropped">How many of them it lost before it could log them.</param>
public sealed record FinishItem(long At, long Points, long Dropped) : LossItem;
