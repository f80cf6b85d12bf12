using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using Lace.Functions.Hosting;
using Lace.Functions.Storage;
using Lace.Platform;
using Lace.Platform.Aws;
using Lace.Platform.Embedded;
using Lace.Records.Audit;
using Lace.Records.Notary;
using Lace.Records.Tenancy;

namespace Lace.Functions.Access;

/// <summary><c>keys create|list|revoke|rotate-signing</c>: what an administrator does on the storage itself, host running or not.</summary>
internal static class KeysCommand
{
    private const int Refused = 1;

    private static readonly Option<string> Data = new("--data")
    {
        Description = "The data folder; not read where LACE_PLATFORM is aws.",
        DefaultValueFactory = _ => Environment.GetEnvironmentVariable("LACE_DATA") ?? HostSettings.DefaultDataFolder,
        Recursive = true,
    };

    public static Command Create() =>
        new("keys", "Keys of a data folder. A change holds at once, also for a host that runs on the folder.")
        {
            Data,
            CreateKey(),
            ListKeys(),
            RevokeKey(),
            RotateSigning(),
        };

    private static Command CreateKey()
    {
        var tenant = new Option<string?>("--tenant")
        {
            Description = "Id of the tenant; not needed where there is one.",
        };
        var label = new Option<string>("--label") { Description = "What lists show.", DefaultValueFactory = _ => "" };
        var scopes = new Option<string>("--scopes")
        {
            Description = $"Any of {string.Join(',', Scope.All)}, joined by commas.",
            DefaultValueFactory = _ => string.Join(',', Scope.All),
        };
        var @operator = new Option<bool>("--operator")
        {
            Description = "A key of an operator: opens /v1/admin, for `lace admin`, and nothing else.",
        };
        var command = new Command("create", "Makes a key and prints it, once.") { tenant, label, scopes, @operator };
        command.Validators.Add(given =>
        {
            if (
                given.GetValue(@operator)
                && (given.GetResult(tenant) is not null || given.GetResult(scopes) is { Implicit: false })
            )
            {
                given.AddError("--operator takes neither --tenant nor --scopes.");
            }
        });
        command.SetAction(
            (parsed, cancellationToken) =>
                RunAsync(
                    parsed,
                    async (keys, tenants) =>
                    {
                        if (parsed.GetValue(@operator))
                        {
                            var (made, _) = await keys.CreateAsync(
                                Tenants.Operator,
                                parsed.GetValue(label)!,
                                [Scope.Operator],
                                cancellationToken: cancellationToken
                            );
                            parsed.InvocationConfiguration.Output.WriteLine(made.Reveal());
                            return 0;
                        }

                        var wanted = parsed.GetValue(scopes)!.Split(',', StringSplitOptions.TrimEntries);
                        if (wanted.Except(Scope.All).Any())
                        {
                            return Refuse(parsed, $"A scope is one of {string.Join(", ", Scope.All)}.");
                        }

                        var known = await tenants.ListAsync(cancellationToken);
                        var chosen = known
                            .Where(t => t.DeletedAt is null)
                            .Where(t => parsed.GetValue(tenant) is not { } id || t.Id == id)
                            .ToArray();
                        if (chosen is not [var owner])
                        {
                            return Refuse(
                                parsed,
                                known.Count == 0
                                    ? "There is no tenant in this folder yet: start the host on it once."
                                    : $"Name the tenant with --tenant: {string.Join(", ", known.Select(t => t.Id))}."
                            );
                        }

                        var (key, _) = await keys.CreateAsync(
                            new TenantId(owner.Id),
                            parsed.GetValue(label)!,
                            wanted,
                            cancellationToken: cancellationToken
                        );
                        parsed.InvocationConfiguration.Output.WriteLine(key.Reveal());
                        return 0;
                    }
                )
        );
        return command;
    }

    private static Command ListKeys()
    {
        var command = new Command("list", "Prints every key, one line of JSON each, by its last four characters.");
        command.SetAction(
            (parsed, cancellationToken) =>
                RunAsync(
                    parsed,
                    async (keys, _) =>
                    {
                        foreach (var key in await keys.ListAsync(cancellationToken: cancellationToken))
                        {
                            parsed.InvocationConfiguration.Output.WriteLine(
                                JsonSerializer.Serialize(key, StorageJson.Default.StoredApiKey)
                            );
                        }

                        return 0;
                    }
                )
        );
        return command;
    }

    private static Command RevokeKey()
    {
        var id = new Argument<string>("id") { Description = "The key's id, as list prints it: key-…" };
        var command = new Command("revoke", "Ends a key for good.") { id };
        command.SetAction(
            (parsed, cancellationToken) =>
                RunAsync(
                    parsed,
                    async (keys, _) =>
                    {
                        if (
                            await keys.RevokeAsync(parsed.GetValue(id)!, cancellationToken: cancellationToken)
                            is not { } revoked
                        )
                        {
                            return Refuse(parsed, "No key of this folder has that id: see keys list.");
                        }

                        parsed.InvocationConfiguration.Output.WriteLine(
                            JsonSerializer.Serialize(revoked, StorageJson.Default.StoredApiKey)
                        );
                        return 0;
                    }
                )
        );
        return command;
    }

    private static Command RotateSigning()
    {
        var command = new Command(
            "rotate-signing",
            "Makes new keys for signing statements, and prints them. The old ones sign nothing more and stay in the policy that the host serves."
        );
        command.SetAction(
            (parsed, cancellationToken) =>
                RunAsync(
                    parsed,
                    async platform =>
                    {
                        foreach (var algorithm in StatementKeys.Algorithms)
                        {
                            var key = await platform.Keys.RotateSigningKeyAsync(
                                TenantId.Service,
                                StatementKeys.Name,
                                algorithm,
                                cancellationToken
                            );
                            parsed.InvocationConfiguration.Output.WriteLine(
                                JsonSerializer.Serialize(
                                    new RotatedKey(key.KeyId, algorithm, key.CreatedAt),
                                    KeysJson.Default.RotatedKey
                                )
                            );
                        }

                        return 0;
                    }
                )
        );
        return command;
    }

    private static Task<int> RunAsync(ParseResult parsed, Func<ApiKeys, Tenants, Task<int>> verb) =>
        RunAsync(
            parsed,
            platform =>
            {
                var audit = new AuditTrail(platform.Items, TimeProvider.System);
                return verb(
                    new ApiKeys(platform.Items, audit, TimeProvider.System),
                    new Tenants(platform.Items, audit, TimeProvider.System)
                );
            }
        );

    private static async Task<int> RunAsync(ParseResult parsed, Func<IPlatform, Task<int>> verb)
    {
        try
        {
            var aws = AwsSettings.Read(Environment.GetEnvironmentVariable);
            var folder = Path.GetFullPath(parsed.GetValue(Data)!);
            if (aws is null && !Directory.Exists(folder))
            {
                // A typo in the path must not make a new, empty installation.
                return Refuse(parsed, $"There is no folder {folder}: name the host's with --data.");
            }

            using IPlatform platform = aws is null
                ? EmbeddedPlatform.Open(folder, TimeProvider.System)
                : AwsPlatform.Open(aws, TimeProvider.System);
            return await verb(platform);
        }
        catch (Exception failure) when (failure is StorageException or PlatformSettingException)
        {
            return Refuse(parsed, failure.Message);
        }
    }

    private static int Refuse(ParseResult parsed, string reason)
    {
        parsed.InvocationConfiguration.Error.WriteLine(reason);
        return Refused;
    }
}

/// <summary>What <c>keys rotate-signing</c> prints of a key.</summary>
internal sealed record RotatedKey(string KeyId, SigningAlgorithm Algorithm, DateTimeOffset CreatedAt);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UseStringEnumConverter = true
)]
[JsonSerializable(typeof(RotatedKey))]
internal sealed partial class KeysJson : JsonSerializerContext;
