using Microsoft.Extensions.Options;
using Orleans.Concurrency;
using Orleans.Configuration;
using Orleans.Runtime.MembershipService.SiloMetadata;

namespace OrleansGateway;

/// <summary>Asks Orleans' own management for what operators want to see.</summary>
[GrainType("cluster"), StatelessWorker]
internal sealed class ClusterGrain(ISiloMetadataCache metadata, IOptions<ClusterOptions> cluster, TimeProvider time) : Grain, IClusterGrain
{
    // A silo that hangs must not hide the others.
    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(2);

    public async Task<ClusterReport> Describe()
    {
        var management = GrainFactory.GetGrain<IManagementGrain>(0);
        var rows = await management.GetDetailedHosts(onlyActive: false);
        var silos = await Task.WhenAll(rows.Select(row => DescribeAsync(management, row)));
        return new ClusterReport(
            cluster.Value.ClusterId,
            [.. silos.OrderBy(silo => silo.Status == Named(SiloStatus.Dead))
                .ThenByDescending(silo => silo.StartedAt)
                .ThenBy(silo => silo.Address, StringComparer.Ordinal)]);
    }

    public Task<DateTimeOffset> Now() => Task.FromResult(time.GetUtcNow());

    private async Task<SiloReport> DescribeAsync(IManagementGrain management, MembershipEntry row)
    {
        var report = new SiloReport
        {
            Address = row.SiloAddress.ToString(),
            Name = row.SiloName,
            Status = Named(row.Status),
            StartedAt = Utc(row.StartTime),
            AliveAt = Utc(row.IAmAliveTime),
        };
        if (row.Status != SiloStatus.Active) return report;
        report = report with { Version = SiloVersion.Of(metadata, row.SiloAddress) };
        try
        {
            if (await management.GetRuntimeStatistics([row.SiloAddress]).WaitAsync(AnswerTime, time) is not [{ } now]) return report;
            return report with
            {
                Activations = now.ActivationCount,
                Clients = now.ClientCount,
                CpuPercent = Math.Round(now.EnvironmentStatistics.FilteredCpuUsagePercentage, 1),
                MemoryBytes = now.EnvironmentStatistics.FilteredMemoryUsageBytes,
                Overloaded = now.IsOverloaded,
            };
        }
        catch (Exception e) when (e is TimeoutException or OrleansException)
        {
            return report;
        }
    }

    private static string Named(SiloStatus status) => System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(status.ToString());

    private static DateTimeOffset Utc(DateTime time) => new(DateTime.SpecifyKind(time, DateTimeKind.Utc));
}
