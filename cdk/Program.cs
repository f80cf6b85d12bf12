using Amazon.CDK;
using Lace.Cdk.Data;
using Lace.Cdk.Iam;

namespace Lace.Cdk;

/// <summary>Writes the templates of one stage into <c>CDK_OUTDIR</c>, as the <c>cdk</c> command asks for.</summary>
internal static class Program
{
    private const int CannotStart = 78;

    private static int Main(string[] arguments)
    {
        try
        {
            if (arguments is ["iam", var folder])
            {
                Console.Out.Write(IamDocument.Write(folder));
                return 0;
            }

            Synthesize(new AppProps { Context = Context.Read(arguments) });
            return 0;
        }
        catch (DeploymentSettingException refusal)
        {
            Console.Error.WriteLine(refusal.Message);
            return CannotStart;
        }
    }

    /// <summary>Writes the two stacks of a stage: what must never be lost, and what can be made again at any time.</summary>
    /// <exception cref="DeploymentSettingException">The context is not what it should be.</exception>
    public static void Synthesize(IAppProps props)
    {
        // Else CDK's runtime prints a box about the age of Node over each run.
        System.Environment.SetEnvironmentVariable("JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION", "18,20");
        var app = new App(props);
        var settings = DeploymentSettings.Read(app.Node);

        // Without an account, so that the templates are the same for everybody; the region is not for anybody to choose.
        var place = new Amazon.CDK.Environment { Region = DeploymentSettings.Region };
        var tags = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["lace:service"] = "lace-cloud",
            ["lace:stage"] = settings.Stage.Name,
        };
        var data = new DataStack(
            app,
            $"{settings.Stage.Prefix}-data",
            settings,
            new StackProps
            {
                Env = place,
                Tags = tags,
                TerminationProtection = settings.Stage.KeepsData,
                Description = "Lace Cloud: items, blobs, keys, queues and model files. Never replaced.",
            }
        );
        _ = new ServiceStack(
            app,
            $"{settings.Stage.Prefix}-service",
            settings,
            data,
            new StackProps
            {
                Env = place,
                Tags = tags,
                Description = "Lace Cloud: functions, API, workers, alarms. Holds no data.",
            }
        );
        app.Synth();
    }
}
