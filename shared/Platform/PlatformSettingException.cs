namespace Lace.Platform;

/// <summary>A platform cannot be opened with the settings it was given; the message says which and what to do.</summary>
public sealed class PlatformSettingException(string message) : Exception(message);
