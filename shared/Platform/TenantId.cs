namespace Lace.Platform;

/// <summary>The owner of stored data. Every store access carries one, so that no call can reach another tenant's rows by a forged id.</summary>
/// <remarks>Lower-case letters, digits and hyphens, 1 to 40 characters, so that it is safe in keys and in paths.</remarks>
public readonly record struct TenantId
{
    /// <summary>Owns what belongs to no tenant: key hashes, the index from a public id to its tenant.</summary>
    public static readonly TenantId Service = new("service");

    public TenantId(string value)
    {
        if (!IsValid(value))
        {
            throw new ArgumentException(
                "A tenant id has 1 to 40 lower-case letters, digits or hyphens.",
                nameof(value)
            );
        }

        Value = value;
    }

    public string Value { get; }

    public override string ToString() => Value;

    private static bool IsValid(string? value) =>
        value is { Length: > 0 and <= 40 }
        && value.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-');
}
