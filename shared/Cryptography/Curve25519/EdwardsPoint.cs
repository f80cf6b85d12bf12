using System.Runtime.InteropServices;

namespace Lace.Cryptography.Curve25519;

/// <summary>A point of edwards25519 in extended coordinates: x = X/Z, y = Y/Z, x y = T/Z (RFC 8032, section 5.1.4).</summary>
/// <remarks>Addition and doubling are complete and constant time; <see cref="TryRead"/> is for public encodings.</remarks>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct EdwardsPoint(FieldElement x, FieldElement y, FieldElement z, FieldElement t)
{
    public const int Size = 32;

    public static readonly FieldElement D = FieldElement.Read(
        Convert.FromHexString("A3785913CA4DEB75ABD841414D0A700098E879777940C78C73FE6F2BEE6C0352")
    );

    public static readonly FieldElement TwiceD = D + D;

    private static readonly FieldElement RootOfMinusOne = FieldElement.Read(
        Convert.FromHexString("B0A00E4A271BEEC478E42FAD0618432FA7D7FB3D99004D2B0BDFC14F8024832B")
    );

    private readonly FieldElement x = x;
    private readonly FieldElement y = y;
    private readonly FieldElement z = z;
    private readonly FieldElement t = t;

    public static EdwardsPoint Identity =>
        new(FieldElement.Zero, FieldElement.One, FieldElement.One, FieldElement.Zero);

    /// <summary>
    /// Decodes a public point by RFC 8032, section 5.1.3, strictly: false for a y of p or more, for an x = 0 with the
    /// sign bit set, and where there is no x.
    /// </summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out EdwardsPoint point)
    {
        point = default;
        var sign = bytes[31] >> 7;
        var candidateY = FieldElement.Read(bytes);
        Span<byte> canonical = stackalloc byte[FieldElement.Size];
        candidateY.Write(canonical);
        canonical[31] |= (byte)(sign << 7);
        if (!canonical.SequenceEqual(bytes))
        {
            return false;
        }

        // x^2 = u / v, and the candidate root is u v^3 (u v^7)^((p-5)/8).
        var y2 = candidateY.Square();
        var u = y2 - FieldElement.One;
        var v = (y2 * D) + FieldElement.One;
        var v3 = v.Square() * v;
        var candidateX = (v3.Square() * v * u).PowerOfRoot() * v3 * u;
        var check = candidateX.Square() * v;
        if (FieldElement.EqualMask(check, u) == 0)
        {
            if (FieldElement.EqualMask(check, -u) == 0)
            {
                return false;
            }

            candidateX *= RootOfMinusOne;
        }

        if (FieldElement.EqualMask(candidateX, FieldElement.Zero) != 0 && sign == 1)
        {
            return false;
        }

        if (candidateX.IsNegative() != sign)
        {
            candidateX = -candidateX;
        }

        point = new EdwardsPoint(candidateX, candidateY, FieldElement.One, candidateX * candidateY);
        return true;
    }

    public void Write(Span<byte> bytes)
    {
        var inverse = z.Invert();
        (y * inverse).Write(bytes);
        bytes[31] |= (byte)((x * inverse).IsNegative() << 7);
    }

    public static EdwardsPoint operator -(in EdwardsPoint point) => new(-point.x, point.y, point.z, -point.t);

    public Completed Double()
    {
        var xx = x.Square();
        var yy = y.Square();
        var zz = z.Square();
        var sum = xx + yy;
        var difference = xx - yy;
        return new Completed(sum - (x + y).Square(), zz + zz + difference, difference, sum);
    }

    public Completed Add(in AffineMultiple other)
    {
        var a = (y - x) * other.YMinusX;
        var b = (y + x) * other.YPlusX;
        var c = t * other.TwiceDxy;
        var d = z + z;
        return new Completed(b - a, d - c, d + c, b + a);
    }

    public Completed Add(in ProjectiveMultiple other)
    {
        var a = (y - x) * other.YMinusX;
        var b = (y + x) * other.YPlusX;
        var c = t * other.TwiceDT;
        var d = z * other.TwiceZ;
        return new Completed(b - a, d - c, d + c, b + a);
    }

    public ProjectiveMultiple ToMultiple() => new(y + x, y - x, z + z, t * TwiceD);

    /// <summary>The point as an affine multiple, with 1/Z given.</summary>
    public AffineMultiple ToAffine(in FieldElement inverseOfZ)
    {
        var affineX = x * inverseOfZ;
        var affineY = y * inverseOfZ;

        // A difference carries, a sum does not: the sum goes through one so that tables hold short limbs.
        return new AffineMultiple(affineY - -affineX, affineY - affineX, affineX * affineY * TwiceD);
    }

    public FieldElement Z => z;

    /// <summary>Whether 8 times the point is the identity, for public points: the eight points of small order bind nothing.</summary>
    public bool HasSmallOrder()
    {
        var multiple = Double().ToPoint().Double().ToPoint().Double().ToPoint();
        return (FieldElement.EqualMask(multiple.x, FieldElement.Zero) & FieldElement.EqualMask(multiple.y, multiple.z))
            != 0;
    }
}

/// <summary>Result of an addition before its last products: X = EF, Y = GH, Z = FG, T = EH.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct Completed(FieldElement e, FieldElement f, FieldElement g, FieldElement h)
{
    private readonly FieldElement e = e;
    private readonly FieldElement f = f;
    private readonly FieldElement g = g;
    private readonly FieldElement h = h;

    public EdwardsPoint ToPoint() => new(e * f, g * h, f * g, e * h);

    /// <summary>Without T, which a doubling does not read: only for a doubling next.</summary>
    public EdwardsPoint ToDoublingInput() => new(e * f, g * h, f * g, default);
}

/// <summary>A point prepared for addition, with Z = 1: y + x, y - x, 2 d x y.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct AffineMultiple(FieldElement yPlusX, FieldElement yMinusX, FieldElement twiceDxy)
{
    public readonly FieldElement YPlusX = yPlusX;
    public readonly FieldElement YMinusX = yMinusX;
    public readonly FieldElement TwiceDxy = twiceDxy;

    public static AffineMultiple operator -(in AffineMultiple a) => new(a.YMinusX, a.YPlusX, -a.TwiceDxy);
}

/// <summary>A point prepared for addition: Y + X, Y - X, 2 Z, 2 d T.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct ProjectiveMultiple(
    FieldElement yPlusX,
    FieldElement yMinusX,
    FieldElement twiceZ,
    FieldElement twiceDT
)
{
    public readonly FieldElement YPlusX = yPlusX;
    public readonly FieldElement YMinusX = yMinusX;
    public readonly FieldElement TwiceZ = twiceZ;
    public readonly FieldElement TwiceDT = twiceDT;

    public static ProjectiveMultiple operator -(in ProjectiveMultiple a) =>
        new(a.YMinusX, a.YPlusX, a.TwiceZ, -a.TwiceDT);
}
