using System.Reflection;
using Orleans.Runtime.MembershipService.SiloMetadata;

namespace OrleansGateway;

/// <summary>The gateway's version that each silo runs, told to the others as silo metadata.</summary>
public static class SiloVersion
{
    private const string Key = "gateway.version";

    /// <summary>Tells it.</summary>
    public static ISiloBuilder UseSiloVersion(this ISiloBuilder silo) => silo.UseSiloMetadata(new Dictionary<string, string>
    {
        [Key] = typeof(SiloVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "",
    });

    internal static string? Of(ISiloMetadataCache silos, SiloAddress silo) => silos.GetSiloMetadata(silo).Metadata.GetValueOrDefault(Key);
}
