using Lace.Evidence.LossLog;
using Lace.Evidence.Transparency;

namespace Lace.Tests.Evidence.LossLog;

/// <summary>Writes a chain of segments as a client does.</summary>
internal sealed class LossLogScript(string runId, MerkleHash root, byte[] key)
{
    private readonly List<byte[]> bodies = [];
    private MerkleHash prev = LossSegment.Origin(runId, root);

    public IReadOnlyList<byte[]> Bodies => bodies;

    public LossLogScript Segment(params IEnumerable<LossItem> items)
    {
        bodies.Add(LossSegment.Write(runId, bodies.Count, prev, items, key));
        prev = Read(bodies[^1]).Digest;
        return this;
    }

    public static LossSegment Read(byte[] body) =>
        LossSegment.Read(body, out var reason) ?? throw new InvalidDataException(reason);
}
