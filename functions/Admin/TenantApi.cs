using Lace.Evidence.Audit;
using Lace.Functions.Audit;
using Lace.Functions.Hosting;
using Lace.Functions.Plans;
using Lace.Functions.Problems;
using Lace.Platform;
using Lace.Records.Audit;
using Lace.Records.Tenancy;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Lace.Functions.Admin;

/// <summary>Tenants: made, listed, looked at, given another plan, suspended, deleted.</summary>
internal static class TenantApi
{
    public static void MapTenants(this RouteGroupBuilder group)
    {
        var tenants = group.MapGroup("/tenants");
        tenants
            .MapPost("", CreateAsync)
            .WithSummary("Make a tenant")
            .WithDescription("It has no key yet: `POST /v1/admin/tenants/{id}/keys`.")
            .Refuses(400);
        tenants
            .MapGet("", ListAsync)
            .WithSummary("List tenants, deleted ones too")
            .WithDescription("`limit` is 1 to 100, 20 if absent; `cursor` is the `next` of the page before.")
            .Refuses(400);
        tenants.MapGet("/{id}", GetAsync).WithSummary("One tenant and what is used of its plan").Refuses(404);
        tenants
            .MapPut("/{id}/plan", SetPlanAsync)
            .WithSummary("Give a tenant another plan")
            .WithDescription("Quotas hold at once; the rate of requests within a minute. What is used stays counted.")
            .Refuses(400, 404, 409);
        tenants
            .MapPost("/{id}/suspend", SuspendAsync)
            .WithSummary("Suspend a tenant")
            .WithDescription(
                "Within a minute its keys open nothing: 403 `tenant_suspended`. What was accepted before is worked on to its end."
            )
            .Refuses(404, 409);
        tenants.MapPost("/{id}/resume", ResumeAsync).WithSummary("End a suspension").Refuses(404, 409);
        tenants
            .MapDelete("/{id}", DeleteAsync)
            .WithSummary("Delete a tenant by destroying its keys")
            .WithDescription(
                "`confirm` is the id once more. What its keys wrapped is unreadable for good: artifacts, states, ingest keys, stored answers. Its record and what was public stay. Once more does all of it again."
            )
            .Refuses(400, 404);
    }

    private static async Task<Results<Created<TenantAnswer>, Problem>> CreateAsync(
        RequestDigest digest,
        CreateTenant request,
        Tenants tenants,
        CancellationToken cancellationToken
    )
    {
        if (AdminRules.Check(request) is { } refusal)
        {
            return refusal;
        }

        var plan = ServicePlan.Find(request.Plan)!;
        var audited = await digest.EndAsync(cancellationToken);
        var made = await tenants.CreateAsync(request.Name, plan, audited, cancellationToken);
        return TypedResults.Created($"/v1/admin/tenants/{made.Id}", TenantAnswer.Of(made));
    }

    private static async Task<Results<Ok<TenantList>, Problem>> ListAsync(
        Tenants tenants,
        CancellationToken cancellationToken,
        int limit = 20,
        string? cursor = null
    )
    {
        if (Cursor.Check(limit, cursor, out var after) is { } refusal)
        {
            return refusal;
        }

        var (page, next) = await tenants.PageAsync(limit, after, cancellationToken);
        return TypedResults.Ok(new TenantList([.. page.Select(t => TenantAnswer.Of(t))], Cursor.Write(next)));
    }

    private static async Task<Results<Ok<TenantAnswer>, Problem>> GetAsync(
        string id,
        Tenants tenants,
        Usage usage,
        CancellationToken cancellationToken
    )
    {
        if (await tenants.GetAsync(id, cancellationToken) is not { } tenant)
        {
            return AdminRules.TenantNotFound;
        }

        var used = await PlanUsage.OfAsync(usage, new TenantId(tenant.Id), tenant.Limits, cancellationToken);
        return TypedResults.Ok(TenantAnswer.Of(tenant, used));
    }

    private static async Task<Results<Ok<TenantAnswer>, Problem>> SetPlanAsync(
        string id,
        RequestDigest digest,
        SetPlan request,
        Tenants tenants,
        CancellationToken cancellationToken
    )
    {
        if (AdminRules.CheckPlan(request.Plan) is { } refusal)
        {
            return refusal;
        }

        var audited = await digest.EndAsync(cancellationToken);
        return await ChangeAsync(
            tenants,
            id,
            AuditOperation.TenantSetPlan,
            audited,
            tenant => tenant with { Plan = request.Plan },
            cancellationToken
        );
    }

    private static async Task<Results<Ok<TenantAnswer>, Problem>> SuspendAsync(
        string id,
        RequestDigest digest,
        Tenants tenants,
        TimeProvider clock,
        CancellationToken cancellationToken
    )
    {
        var now = clock.GetUtcNow();
        return await ChangeAsync(
            tenants,
            id,
            AuditOperation.TenantSuspend,
            await digest.EndAsync(cancellationToken),
            tenant => tenant with { SuspendedAt = tenant.SuspendedAt ?? now },
            cancellationToken
        );
    }

    private static async Task<Results<Ok<TenantAnswer>, Problem>> ResumeAsync(
        string id,
        RequestDigest digest,
        Tenants tenants,
        CancellationToken cancellationToken
    ) =>
        await ChangeAsync(
            tenants,
            id,
            AuditOperation.TenantResume,
            await digest.EndAsync(cancellationToken),
            tenant => tenant with { SuspendedAt = null },
            cancellationToken
        );

    private static async Task<Results<Ok<TenantAnswer>, Problem>> DeleteAsync(
        string id,
        RequestDigest digest,
        TenantDeletion deletion,
        CancellationToken cancellationToken,
        string? confirm = null
    )
    {
        if (confirm != id)
        {
            return AdminRules.NotConfirmed;
        }

        var audited = await digest.EndAsync(cancellationToken);
        return await deletion.DeleteAsync(id, audited, cancellationToken) is { } deleted
            ? TypedResults.Ok(TenantAnswer.Of(deleted))
            : AdminRules.TenantNotFound;
    }

    private static async Task<Results<Ok<TenantAnswer>, Problem>> ChangeAsync(
        Tenants tenants,
        string id,
        AuditOperation operation,
        AuditedRequest audited,
        Func<Tenant, Tenant> change,
        CancellationToken cancellationToken
    ) =>
        await tenants.ChangeAsync(id, operation, audited, change, cancellationToken) switch
        {
            null => AdminRules.TenantNotFound,
            { DeletedAt: not null } => AdminRules.TenantDeleted,
            var tenant => TypedResults.Ok(TenantAnswer.Of(tenant)),
        };
}
