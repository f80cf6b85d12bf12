using System.Text.Json;
using System.Text.Json.Serialization;

namespace Lace.Functions.Hosting;

internal static class Json
{
    /// <summary>What every body is read and written by: strict about what it takes, silent about what is absent.</summary>
    public static void AddStrictJson(this IServiceCollection services)
    {
        // Reading from the pipe, the default, leaves the pipe in the middle of a read when a body is refused: the connection then
        // ends with the answer instead of going on.
        AppContext.SetSwitch("Microsoft.AspNetCore.UseStreamBasedJsonParsing", true);
        services.ConfigureHttpJsonOptions(options =>
        {
            var json = options.SerializerOptions;
            json.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
            json.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
            json.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
            json.NumberHandling = JsonNumberHandling.Strict;
            json.MaxDepth = 16;
            json.AllowDuplicateProperties = false;
            json.RespectNullableAnnotations = true;
            json.RespectRequiredConstructorParameters = true;
        });
        services.AddJson(HostJson.Default);
    }

    /// <summary>Makes a function's messages known: there is no reflection, so a message that no context names cannot be sent.</summary>
    public static void AddJson(this IServiceCollection services, JsonSerializerContext context) =>
        services.ConfigureHttpJsonOptions(options =>
            options.SerializerOptions.TypeInfoResolverChain.Insert(0, context)
        );
}
