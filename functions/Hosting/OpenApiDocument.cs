using Lace.Functions.Access;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Lace.Functions.Hosting;

/// <summary>The description of the API at <c>/openapi/v1.json</c>, made from the routes.</summary>
internal static class OpenApiDocument
{
    private const string Bearer = "bearer";
    private const string Header = "api_key";

    public static void AddOpenApiDocument(this IServiceCollection services) =>
        services.AddOpenApi(options =>
        {
            options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
            options.AddDocumentTransformer(DescribeAsync);
            options.AddOperationTransformer(SecureAsync);
        });

    private static Task DescribeAsync(
        Microsoft.OpenApi.OpenApiDocument document,
        OpenApiDocumentTransformerContext context,
        CancellationToken cancellationToken
    )
    {
        document.Info = new OpenApiInfo
        {
            Title = "Lace Cloud",
            Version = "v1",
            Description =
                "Commits to datasets, records training runs, and tests whether a run is consistent with the dataset it names. "
                + "Every refusal is problem details (RFC 9457) with a stable `code` and the `trace_id` of the server's log. "
                + "Every POST honours `Idempotency-Key`.",
        };
        document.Servers = [];
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>(StringComparer.Ordinal)
        {
            [Bearer] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http,
                Scheme = Bearer,
                Description = "An API key, `lace_prod_sk_…`.",
            },
            [Header] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.ApiKey,
                In = ParameterLocation.Header,
                Name = ApiKeyAuthentication.HeaderName,
                Description = "The same key in a header of its own.",
            },
        };
        return Task.CompletedTask;
    }

    /// <summary>Adds what holds of every route that needs a key: the schemes, the scope, the refusals.</summary>
    private static Task SecureAsync(
        OpenApiOperation operation,
        OpenApiOperationTransformerContext context,
        CancellationToken cancellationToken
    )
    {
        operation.Responses ??= [];
        operation.Responses.TryAdd("default", new OpenApiResponse { Description = "Problem details: see `code`." });
        if (context.Description.HttpMethod == HttpMethods.Post)
        {
            operation.Parameters ??= [];
            operation.Parameters.Add(
                new OpenApiParameter
                {
                    Name = "Idempotency-Key",
                    In = ParameterLocation.Header,
                    Description = "At most 200 characters: the same key and body again returns the stored answer.",
                    Schema = new OpenApiSchema { Type = JsonSchemaType.String, MaxLength = 200 },
                }
            );
        }

        if (
            context.Description.ActionDescriptor.EndpointMetadata.OfType<IAuthorizeData>().LastOrDefault()
            is not { } needed
        )
        {
            return Task.CompletedTask;
        }

        operation.Security =
        [
            .. ((string[])[Bearer, Header]).Select(scheme => new OpenApiSecurityRequirement
            {
                [new OpenApiSecuritySchemeReference(scheme, context.Document)] = [],
            }),
        ];
        operation.Responses.TryAdd(
            "401",
            new OpenApiResponse { Description = "`key_missing`, `key_unknown` or `key_revoked`." }
        );
        operation.Responses.TryAdd(
            "403",
            new OpenApiResponse { Description = $"`scope_missing`: the key needs `{needed.Policy}`." }
        );
        return Task.CompletedTask;
    }
}
