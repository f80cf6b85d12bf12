using Lace.Functions.Hosting;

namespace Lace.Functions;

/// <summary>One deployable part of the application: a feature folder.</summary>
/// <param name="Name">How <c>LACE_FUNCTIONS</c> names it.</param>
/// <param name="Add">Registers what its routes and consumers need.</param>
/// <param name="Map">Maps its routes.</param>
internal sealed record Function(string Name, Action<IServiceCollection> Add, Action<IEndpointRouteBuilder> Map)
{
    private const string None = "none";

    /// <summary>The functions that a list such as <c>attest,verify</c> names; all where it is null, and none where it says so.</summary>
    /// <exception cref="SettingException">A name is unknown: a typo must not start a host that answers nothing.</exception>
    public static IReadOnlyList<Function> Select(IReadOnlyList<Function> known, string? names)
    {
        if (names is null)
        {
            return known;
        }

        if (names == None)
        {
            return [];
        }

        var chosen = names.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var unknown = chosen.Except(known.Select(function => function.Name)).ToArray();
        if (unknown.Length > 0 || chosen.Length == 0)
        {
            throw new SettingException(
                $"LACE_FUNCTIONS is '{names}': choose from {string.Join(", ", known.Select(f => f.Name))}, say none, or unset it for all."
            );
        }

        return [.. known.Where(function => chosen.Contains(function.Name))];
    }
}
