using System.CommandLine;
using System.Net;
using System.Text.Json;
using Lace.Functions.Access;

namespace Lace.Tests.Functions.Admin;

/// <summary>An application, its operator and what he does.</summary>
internal static class AdminWorld
{
    public const string Route = "/v1/admin/tenants";

    /// <summary>A client with an operator's key, made by the host's own verb on the data folder.</summary>
    public static async Task<HttpClient> OperatorAsync(this LaceApp app)
    {
        var console = new InvocationConfiguration { Output = new StringWriter(), Error = new StringWriter() };
        var exit = await KeysCommand
            .Create()
            .Parse(["create", "--operator", "--label", "me", "--data", app.Folder])
            .InvokeAsync(console);
        Assert.True(exit == 0, console.Error.ToString());
        return app.Client(console.Output.ToString()!.Trim());
    }

    public static async Task<string> NewTenantAsync(this HttpClient admin, string plan = "starter")
    {
        var made = await admin
            .PostJsonAsync(Route, $$"""{"name":"Acme","plan":"{{plan}}"}""")
            .JsonAsync(HttpStatusCode.Created);
        return made.GetProperty("id").GetString()!;
    }

    /// <summary>The key and its id.</summary>
    public static async Task<(string Key, string Id)> NewKeyAsync(
        this HttpClient admin,
        string tenant,
        string body = "{}"
    )
    {
        var made = await admin.PostJsonAsync($"{Route}/{tenant}/keys", body).JsonAsync(HttpStatusCode.Created);
        return (made.GetProperty("api_key").GetString()!, made.GetProperty("key").GetProperty("id").GetString()!);
    }

    public static Task<JsonElement> TenantAsync(this HttpClient admin, string tenant) =>
        admin.GetAsync($"{Route}/{tenant}").JsonAsync(HttpStatusCode.OK);
}
