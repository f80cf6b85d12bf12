namespace Lace.Cryptography.Lattices;

/// <summary>A row of table 1 of FIPS 204, and the sizes that follow from it (table 2).</summary>
/// <param name="K">Rows of the matrix.</param>
/// <param name="L">Columns of the matrix.</param>
/// <param name="Eta">Largest coefficient of the secret vectors.</param>
/// <param name="Tau">Number of non-zero coefficients of the challenge.</param>
/// <param name="MaskBits">gamma1 = 2^(MaskBits - 1); a coefficient of the mask takes so many bits.</param>
/// <param name="HighParts">(q - 1) / (2 gamma2): the number of values of a high part.</param>
/// <param name="Omega">Most ones in the hint.</param>
/// <param name="ChallengeSize">Bytes of the commitment hash, lambda / 4.</param>
internal sealed record MlDsaParameters(
    string Name,
    int K,
    int L,
    int Eta,
    int Tau,
    int MaskBits,
    int HighParts,
    int Omega,
    int ChallengeSize
)
{
    public const int DroppedBits = 13;
    public const int SeedSize = 32;
    public const int TraceSize = 64;
    public const int HighBitsOfT = 10;

    public static MlDsaParameters MlDsa44 { get; } = new("ML-DSA-44", 4, 4, 2, 39, 18, 44, 80, 32);

    public static MlDsaParameters MlDsa65 { get; } = new("ML-DSA-65", 6, 5, 4, 49, 20, 16, 55, 48);

    public int Gamma1 => 1 << (MaskBits - 1);

    public int Gamma2 => (Ring.Q - 1) / (2 * HighParts);

    public int Beta => Tau * Eta;

    /// <summary>Bits of a coefficient of s1 and s2: 3 for eta = 2, 4 for eta = 4.</summary>
    public int SecretBits => Eta == 2 ? 3 : 4;

    /// <summary>Bits of a coefficient of w1.</summary>
    public int HighPartBits => HighParts == 16 ? 4 : 6;

    public int PublicKeySize => SeedSize + (K * PolynomialSize(HighBitsOfT));

    public int ExpandedKeySize =>
        (2 * SeedSize) + TraceSize + ((K + L) * PolynomialSize(SecretBits)) + (K * PolynomialSize(DroppedBits));

    public int SignatureSize => ChallengeSize + (L * PolynomialSize(MaskBits)) + Omega + K;

    public static int PolynomialSize(int bits) => Ring.N * bits / 8;
}
