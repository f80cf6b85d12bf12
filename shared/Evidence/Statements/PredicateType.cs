using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Lace.Evidence.Statements;

/// <summary>A predicate type with the record that its predicates are.</summary>
public sealed class PredicateType<T>
    where T : class
{
    internal PredicateType(string name, Func<T, T>? bound = null)
    {
        Bound = bound ?? (predicate => predicate);
        Uri = "https://withlace.ai/attestation/" + name;
        Json = (JsonTypeInfo<T>)PredicateJson.Options.GetTypeInfo(typeof(T));
    }

    /// <summary>What a statement's <c>predicateType</c> says.</summary>
    public string Uri { get; }

    internal JsonTypeInfo<T> Json { get; }

    /// <summary>The predicate as it is signed: of limited size whatever a tenant wrote.</summary>
    internal Func<T, T> Bound { get; }
}

internal static class PredicateJson
{
    // The generated contracts take every missing member as null or zero. Here only what may be null may be missing.
    public static readonly JsonSerializerOptions Options = new(StatementJson.Default.Options)
    {
        TypeInfoResolver = StatementJson.Default.WithAddedModifier(RequireWhatCannotBeNull),
    };

    private static void RequireWhatCannotBeNull(JsonTypeInfo type)
    {
        foreach (var member in type.Properties)
        {
            member.IsRequired = member.AssociatedParameter is { IsNullable: false };
        }
    }
}
