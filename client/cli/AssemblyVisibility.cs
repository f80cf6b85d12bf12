using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Lace.Tests")]
[assembly: InternalsVisibleTo("Lace.SystemTests")]
