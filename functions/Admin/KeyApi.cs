using Lace.Functions.Access;
using Lace.Functions.Audit;
using Lace.Functions.Problems;
using Lace.Functions.Storage;
using Lace.Platform;
using Lace.Records.Tenancy;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Lace.Functions.Admin;

/// <summary>Keys of tenants: made, listed, revoked. Operators' keys are made on the storage itself, by the host's <c>keys create --operator</c>.</summary>
internal static class KeyApi
{
    public static void MapKeys(this RouteGroupBuilder group)
    {
        group
            .MapPost("/tenants/{id}/keys", CreateAsync)
            .WithSummary("Make a key of a tenant")
            .WithDescription(
                "The answer holds the key, which is given once. `scopes` are all of a tenant's where absent; no tenant's key can have `operator`."
            )
            .Refuses(400, 404, 409);
        group
            .MapGet("/tenants/{id}/keys", ListAsync)
            .WithSummary("List the keys of a tenant, revoked ones too")
            .Refuses(404);
        group
            .MapPost("/keys/{id}/revoke", RevokeAsync)
            .WithSummary("End a key for good")
            .WithDescription("Within a minute it opens nothing anywhere. Once more is answered the same.")
            .Refuses(404);
    }

    private static async Task<Results<Created<CreatedKey>, Problem>> CreateAsync(
        string id,
        RequestDigest digest,
        CreateKey request,
        Tenants tenants,
        ApiKeys keys,
        TimeProvider clock,
        HttpResponse response,
        CancellationToken cancellationToken
    )
    {
        if (AdminRules.Check(request, clock.GetUtcNow()) is { } refusal)
        {
            return refusal;
        }

        if (await tenants.GetAsync(id, cancellationToken) is not { } tenant)
        {
            return AdminRules.TenantNotFound;
        }

        if (tenant.DeletedAt is not null)
        {
            return AdminRules.TenantDeleted;
        }

        var (key, stored) = await keys.CreateAsync(
            new TenantId(tenant.Id),
            request.Label ?? "",
            request.Scopes ?? Scope.All,
            request.ExpiresAt?.ToUniversalTime(),
            await digest.EndAsync(cancellationToken),
            cancellationToken
        );
        response.Headers.CacheControl = "no-store";
        return TypedResults.Created(
            $"/v1/admin/tenants/{tenant.Id}/keys",
            new CreatedKey(key.Reveal(), KeyAnswer.Of(stored, null))
        );
    }

    private static async Task<Results<Ok<KeyList>, Problem>> ListAsync(
        string id,
        Tenants tenants,
        ApiKeys keys,
        CancellationToken cancellationToken
    )
    {
        if (await tenants.GetAsync(id, cancellationToken) is not { } tenant)
        {
            return AdminRules.TenantNotFound;
        }

        var answers = new List<KeyAnswer>();
        foreach (var key in await keys.ListAsync(new TenantId(tenant.Id), cancellationToken))
        {
            answers.Add(KeyAnswer.Of(key, await keys.LastUsedAsync(key.Id, cancellationToken)));
        }

        return TypedResults.Ok(new KeyList(answers));
    }

    private static async Task<Results<Ok<KeyAnswer>, Problem>> RevokeAsync(
        string id,
        RequestDigest digest,
        ApiKeys keys,
        CancellationToken cancellationToken
    ) =>
        await keys.RevokeAsync(id, await digest.EndAsync(cancellationToken), cancellationToken) is { } revoked
            ? TypedResults.Ok(KeyAnswer.Of(revoked, await keys.LastUsedAsync(revoked.Id, cancellationToken)))
            : AdminRules.KeyNotFound;
}
