using System.CommandLine;
using Lace.Functions.Access;
using Lace.Functions.Admin;
using Lace.Functions.Attest;
using Lace.Functions.Audit;
using Lace.Functions.Hosting;
using Lace.Functions.Idempotency;
using Lace.Functions.Lambda;
using Lace.Functions.LossIngest;
using Lace.Functions.Plans;
using Lace.Functions.Privacy;
using Lace.Functions.Problems;
using Lace.Functions.Report;
using Lace.Functions.Telemetry;
using Lace.Functions.Train;
using Lace.Functions.TransparencyLog;
using Lace.Functions.Verify;
using Lace.Platform;
using Lace.Platform.Aws;
using Lace.Platform.Embedded;

namespace Lace.Functions;

/// <summary>The one web application behind every function: here all in one process, on Lambda one function each.</summary>
public static class Program
{
    /// <summary>What <c>LACE_FUNCTIONS</c> can choose from: name, what it needs, the routes it maps.</summary>
    private static readonly Function[] Functions =
    [
        new("attest", AttestApi.AddAttest, AttestApi.MapAttest),
        new("lossingest", RunApi.AddLossIngest, RunApi.MapLossIngest),
        new("verify", VerifyApi.AddVerify, VerifyApi.MapVerify),
        new("report", ReportApi.AddReport, ReportApi.MapReport),
        new("privacy", PlanApi.AddPlans, PlanApi.MapPlans),
        new("audit", AuditApi.AddAudit, AuditApi.MapAudit),
        new("log", LogApi.AddLog, LogApi.MapLog),
        new("train", TrainApi.AddTrain, TrainApi.MapTrain),
        new("admin", AdminApi.AddAdmin, AdminApi.MapAdmin),
    ];

    /// <summary>Serves until told to stop, or runs an administrator's verb (<c>keys</c>) on a data folder.</summary>
    public static async Task<int> Main(string[] args)
    {
        if (args is ["keys", ..])
        {
            return await new RootCommand("The functions of Lace Cloud.") { KeysCommand.Create() }
                .Parse(args)
                .InvokeAsync();
        }

        if (args is ["--help" or "-h" or "-?"])
        {
            await Console.Out.WriteLineAsync(HostSettings.Help);
            return 0;
        }

        try
        {
            await using var app = Build(args);
            await app.StartAsync();
            if (app.Services.GetService<LambdaSettings>() is null)
            {
                await app.AnnounceAsync(Console.Out);
                app.StopWithParent();
            }

            await app.WaitForShutdownAsync();
            return 0;
        }
        catch (Exception failure)
            when (Environment.GetEnvironmentVariable(LambdaSettings.RuntimeApiVariable) is { Length: > 0 } api)
        {
            return await LambdaHosting.ReportStartFailureAsync(api, failure);
        }
        catch (Exception failure) when (StartFailure.Explain(failure) is { } reason)
        {
            await Console.Error.WriteLineAsync(reason);
            return StartFailure.ExitCode;
        }
    }

    /// <summary>The application, not yet started.</summary>
    /// <param name="clock">The time that ids and records carry; the system's where null.</param>
    /// <param name="log">Where the log goes; where null, standard output on Lambda, else standard error, as the announcement goes to the other.</param>
    public static WebApplication Build(string[] args, TimeProvider? clock = null, TextWriter? log = null)
    {
        var builder = WebApplication.CreateSlimBuilder(args);
        var settings = HostSettings.Read(args, builder.Configuration);
        var functions = Function.Select(Functions, settings.Functions);
        clock ??= TimeProvider.System;

        // Asked for now, so that a plan that does not exist stops the start.
        _ = settings.ServicePlan;

        // Opened first: storage that cannot be used must stop the host before it listens.
        var worker = WorkerProgram.Find(settings);
        IPlatform platform = settings.Aws is { } aws
            ? AwsPlatform.Open(aws, clock)
            : EmbeddedPlatform.Open(settings.DataFolder, clock, WorkerProgram.Jobs(worker));

        var lambda = LambdaSettings.Read(builder.Configuration);
        if (lambda is not null)
        {
            builder.AddLambdaHosting(lambda);
        }
        else
        {
            builder.WebHost.UseLaceKestrel(settings);
            builder.Services.AddHostedService<PassLoops>();
        }

        var output = log ?? (lambda is null ? Console.Error : Console.Out);
        var labels = TelemetryLabels.Read(builder.Configuration);
        builder.Logging.AddJsonLines(output, labels.Function, clock);
        builder.AddTelemetry(output, labels, clock);
        builder.Services.AddSingleton(settings);
        builder.Services.AddSingleton(clock);
        builder.Services.AddPlatform(platform);
        if (worker is not null)
        {
            builder.Services.AddSingleton(worker);
        }

        builder.Services.AddApiKeys(settings.Aws is null ? KeyMemory.None : KeyMemory.OfNetwork);
        builder.Services.AddServicePlans();
        builder.Services.AddIdempotencyKeys();
        builder.Services.AddProblemAnswers();
        builder.Services.AddStrictJson();
        builder.Services.AddOpenApiDocument();
        foreach (var function in functions)
        {
            function.Add(builder.Services);
        }

        var app = builder.Build();
        app.Lifetime.ApplicationStopped.Register(platform.Dispose);
        app.StopTracing();
        app.UseRequestLog();
        app.UseProblemAnswers();
        app.UseRouting();
        app.UseAuthentication();
        app.UseAuthorization();
        app.UsePlanLimits();
        app.UseIdempotencyKeys();
        app.MapHealth();
        app.MapOpenApi();
        app.MapUsage();
        foreach (var function in functions)
        {
            function.Map(app);
        }

        return app;
    }
}
