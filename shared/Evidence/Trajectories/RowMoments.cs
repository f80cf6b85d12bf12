namespace Lace.Evidence.Trajectories;

/// <summary>Sums of rows and of their outer products over any range of rows on a circle, without a pass over the range.</summary>
/// <remarks>Prefix sums are kept at every 8th row, so they take no more memory than the rows themselves.</remarks>
internal sealed class RowMoments
{
    private const int Spacing = 8;

    private readonly ReadOnlyMemory<double> rows;
    private readonly int stride;
    private readonly int columns;
    private readonly int count;
    private readonly double[] prefixes;
    private readonly double[] total;

    public RowMoments(ReadOnlyMemory<double> rows, int stride, int columns)
    {
        this.rows = rows;
        this.stride = stride;
        this.columns = columns;
        count = rows.Length / stride;
        prefixes = new double[((count / Spacing) + 1) * Width];
        total = new double[Width];
        for (var i = 0; i < count; i++)
        {
            if (i % Spacing == 0)
            {
                total.CopyTo(prefixes, i / Spacing * Width);
            }

            Add(Row(i), 1, total);
        }

        if (count % Spacing == 0)
        {
            total.CopyTo(prefixes, count / Spacing * Width);
        }
    }

    /// <summary>Numbers in a set of moments: the sums of the columns, then the upper triangle of the outer products by rows.</summary>
    public int Width => columns + (columns * (columns + 1) / 2);

    /// <summary>The moments of all rows.</summary>
    public ReadOnlySpan<double> Total => total;

    /// <summary>Writes the moments of the rows from (inclusive) to (exclusive); a negative row counts from the end.</summary>
    public void OfRange(int from, int to, Span<double> moments)
    {
        moments.Clear();
        AddBefore(to, 1, moments);
        AddBefore(from, -1, moments);
    }

    /// <summary>Adds the moments of one row, times a sign.</summary>
    public static void Add(ReadOnlySpan<double> row, double sign, Span<double> moments)
    {
        var pair = row.Length;
        for (var c = 0; c < row.Length; c++)
        {
            moments[c] += sign * row[c];
            for (var d = c; d < row.Length; d++)
            {
                moments[pair++] += sign * (row[c] * row[d]);
            }
        }
    }

    /// <summary>Adds the moments of all rows before one; before a negative row they are those of a turn less.</summary>
    private void AddBefore(int row, double sign, Span<double> moments)
    {
        var place = row < 0 ? row + count : row;
        var prefix = prefixes.AsSpan(place / Spacing * Width, Width);
        for (var i = 0; i < Width; i++)
        {
            moments[i] += sign * (row < 0 ? prefix[i] - total[i] : prefix[i]);
        }

        for (var i = place / Spacing * Spacing; i < place; i++)
        {
            Add(Row(i), sign, moments);
        }
    }

    private ReadOnlySpan<double> Row(int row) => rows.Span.Slice(row * stride, columns);
}
