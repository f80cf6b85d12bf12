namespace Lace.Cdk;

/// <summary>The checkout that is deployed: images are built from it.</summary>
internal static class Checkout
{
    /// <exception cref="DeploymentSettingException">The program runs outside of one.</exception>
    public static string Root()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Lace.Cloud.sln")))
            {
                return folder.FullName;
            }
        }

        throw new DeploymentSettingException("Lace.Cdk builds images from its checkout: run it inside of one.");
    }
}
