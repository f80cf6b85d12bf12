using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json;
using Lace.Evidence.LossLog;

namespace Lace.Tests.Evidence.LossLog;

public sealed class OrderVectorsTests
{
    private static readonly JsonElement Vectors = TestVectors.Read("order_vectors.json");

    [Fact]
    public void The_chain_of_every_vector_is_reproduced()
    {
        foreach (var vector in Vectors.GetProperty("commitments").EnumerateArray())
        {
            var batches = Batches(vector.GetProperty("batches"));
            var expected = vector.GetProperty("chain").EnumerateArray().Select(TestVectors.Hash);
            Assert.Equal(expected, OrderCommitment.Chain(batches));
        }
    }

    [Fact]
    public void Every_prefix_opens_by_its_own_tail_and_by_no_other()
    {
        int[][] batches =
        [
            [4, 0, 2],
            [1, 5, 3],
            [6],
        ];
        var chain = OrderCommitment.Chain(batches);
        for (var shown = 0; shown <= batches.Length; shown++)
        {
            for (var tail = 0; tail <= batches.Length; tail++)
            {
                Assert.Equal(shown == tail, OrderCommitment.Opens(chain[0], batches[..shown], chain[tail]));
            }
        }
    }

    [Fact]
    public void A_swapped_record_or_a_moved_border_does_not_open()
    {
        int[][] batches =
        [
            [4, 0, 2],
            [1, 5, 3],
        ];
        var chain = OrderCommitment.Chain(batches);
        Assert.False(
            OrderCommitment.Opens(
                chain[0],
                [
                    [0, 4, 2],
                    [1, 5, 3],
                ],
                chain[2]
            )
        );
        Assert.False(
            OrderCommitment.Opens(
                chain[0],
                [
                    [4, 0, 2, 1],
                    [5, 3],
                ],
                chain[2]
            )
        );
        Assert.False(
            OrderCommitment.Opens(
                chain[0],
                [
                    [4, 0, 2],
                    [1, 5, 3],
                    [],
                ],
                chain[2]
            )
        );
    }

    [Fact]
    public void The_permutation_of_every_vector_is_reproduced()
    {
        var seed = NonceOrder.Seed(Vectors.GetProperty("root").Hash(), Vectors.GetProperty("nonce").Hash());
        Assert.Equal(Vectors.GetProperty("seed").Hash(), seed);
        foreach (var vector in Vectors.GetProperty("permutations").EnumerateArray())
        {
            var order = NonceOrder.Permutation(
                seed,
                vector.GetProperty("epoch").GetInt64(),
                vector.GetProperty("records").GetInt32()
            );
            if (vector.TryGetProperty("permutation", out var whole))
            {
                Assert.Equal(whole.Integers(), order);
            }
            else
            {
                Assert.Equal(vector.GetProperty("first").Integers(), order[..16]);
                Assert.Equal(vector.GetProperty("last").Integers(), order[^16..]);
                Assert.Equal(vector.GetProperty("sha256_of_u64be").GetString(), Digest(order));
            }
        }
    }

    [Fact]
    public void The_derived_order_is_committed_as_any_other()
    {
        var vector = Vectors.GetProperty("nonce_epoch");
        Assert.Equal(
            vector.GetProperty("commit").Hash(),
            OrderCommitment.Chain(Batches(vector.GetProperty("batches")))[0]
        );
    }

    [Fact]
    public void A_permutation_holds_every_record_once()
    {
        var seed = TestVectors.Hash(new string('7', 64));
        for (var records = 0; records < 70; records++)
        {
            Assert.Equal(Enumerable.Range(0, records), NonceOrder.Permutation(seed, 3, records).Order());
        }
    }

    private static int[][] Batches(JsonElement element) =>
        [.. element.EnumerateArray().Select(batch => batch.Integers())];

    private static string Digest(int[] order)
    {
        var bytes = new byte[8 * order.Length];
        for (var i = 0; i < order.Length; i++)
        {
            BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(8 * i), (ulong)order[i]);
        }

        return Convert.ToHexStringLower(SHA256.HashData(bytes));
    }
}
