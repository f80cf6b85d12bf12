using System.Globalization;

namespace Lace.Cryptography.Json;

/// <summary>Number::toString of ECMAScript (ECMA-262, section 6.1.6.1.20), which RFC 8785 prescribes for numbers.</summary>
public static class EcmaScriptNumber
{
    /// <summary>The shortest digits that read back as the same double, laid out as ECMAScript does; -0 is 0.</summary>
    public static string Format(double value)
    {
        if (!double.IsFinite(value))
        {
            throw new ArgumentOutOfRangeException(nameof(value), "JSON has no NaN and no infinity.");
        }

        if (value == 0)
        {
            return "0";
        }

        // .NET's shortest digits are those of ECMAScript; only the layout differs: "1.5E-07", "123.4", "1E+21".
        var shortest = Math.Abs(value).ToString("R", CultureInfo.InvariantCulture);
        var mark = shortest.IndexOf('E', StringComparison.Ordinal);
        var mantissa = mark < 0 ? shortest : shortest[..mark];
        var exponent = mark < 0 ? 0 : int.Parse(shortest.AsSpan(mark + 1), NumberStyles.AllowLeadingSign);
        var dot = mantissa.IndexOf('.', StringComparison.Ordinal);
        var digits = mantissa.Replace(".", "", StringComparison.Ordinal);
        var leadingZeros = digits.Length - digits.TrimStart('0').Length;
        var point = (dot < 0 ? mantissa.Length : dot) + exponent - leadingZeros;
        return (value < 0 ? "-" : "") + Layout(digits.Trim('0'), point);
    }

    // 0.digits times 10^point.
    private static string Layout(string digits, int point)
    {
        if (point is > 21 or <= -6)
        {
            var fraction = digits.Length > 1 ? "." + digits[1..] : "";
            return $"{digits[0]}{fraction}e{(point > 0 ? "+" : "")}{point - 1}";
        }

        if (point <= 0)
        {
            return "0." + new string('0', -point) + digits;
        }

        return digits.Length <= point ? digits.PadRight(point, '0') : $"{digits[..point]}.{digits[point..]}";
    }
}
