namespace Lace.Privacy.LossDistributions;
internal static class PldAccountant { public static double Epsilon(PrivacyHistory history, double delta) => throw new NotSupportedException(); }
