using Lace.Functions.Access;
using Lace.Functions.Idempotency;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Scope = Lace.Functions.Access.Scope;

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
            options.AddSchemaTransformer(OmitAbsentAsync);
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
                + "Every POST with a key honours `Idempotency-Key`. "
                + "The routes of training clients, futures and artifacts are under `/api/v1` too; their codes are upper-case.",
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
                Name = Gate.HeaderName,
                Description = "The same key in a header of its own.",
            },
        };
        return Task.CompletedTask;
    }

    /// <summary>Adds what holds of every route that needs a key: the schemes, the scope, the idempotency key.</summary>
    private static Task SecureAsync(
        OpenApiOperation operation,
        OpenApiOperationTransformerContext context,
        CancellationToken cancellationToken
    )
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        if (metadata.OfType<IAuthorizeData>().LastOrDefault() is not { Policy: var scope })
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
        operation.Responses!["401"].Description = "`key_missing`, `key_unknown`, `key_revoked` or `key_expired`.";
        var needed = scope == Scope.AnyOfTenant ? "any scope of a tenant" : $"`{scope}`";
        operation.Responses["403"].Description =
            $"`scope_missing`: the key needs {needed}. `tenant_suspended`, `tenant_deleted`: no key of the tenant opens anything.";
        operation.Responses["429"].Description =
            "`rate_limited`: more requests than the tenant's plan allows, or what the route itself limits; with `Retry-After`.";
        if (context.Description.HttpMethod == HttpMethods.Post)
        {
            operation.Parameters ??= [];
            operation.Parameters.Add(
                new OpenApiParameter
                {
                    Name = IdempotencyKeys.HeaderName,
                    In = ParameterLocation.Header,
                    Description = "The same key and body again returns the stored answer.",
                    Schema = new OpenApiSchema { Type = JsonSchemaType.String, MaxLength = IdempotencyKeys.MaxLength },
                }
            );
        }

        return Task.CompletedTask;
    }

    /// <summary>A member without a value is left out of an answer, so no member that can be null is required.</summary>
    private static Task OmitAbsentAsync(
        OpenApiSchema schema,
        OpenApiSchemaTransformerContext context,
        CancellationToken cancellationToken
    )
    {
        foreach (var member in context.JsonTypeInfo.Properties.Where(member => member.IsGetNullable))
        {
            schema.Required?.Remove(member.Name);
        }

        return Task.CompletedTask;
    }
}
