using System.Collections.Immutable;
using System.Threading.Channels;
using Microsoft.Extensions.Logging.Abstractions;
using OrleansGateway.Tests.TestKit;
using OrleansGateway.Tests.TestKit.FakeKubernetes;

namespace OrleansGateway.Tests.Conformance.Membership;

/// <summary>A silo reads the table when the watch knows more than it does.</summary>
public sealed class MembershipRefresherTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_version_that_gossip_did_not_bring_is_read_and_one_that_it_did_is_not()
    {
        await using var server = await FakeApiServer.StartAsync();
        using var handles = new KubernetesHandles(server.Configuration);
        var table = handles.Table("c");
        await table.InitializeMembershipTableAsync(true, Cancelled);
        var silo = new KnownMembership();
        var clock = new PauseClock(longest: TimeSpan.FromSeconds(10));
        using var refresher = new MembershipRefresher(handles.Watch(handles.Api("c")), silo, new Jitter(new Random(1)), clock, NullLogger<MembershipRefresher>.Instance);
        var stages = new Stages();
        refresher.Participate(stages);

        await stages.Observer!.OnStart(Cancelled);
        await server.Requests.ReachesAsync("watch opened", 1);
        await InsertAsync(1);
        await clock.SkipPauseAsync(Cancelled);
        Assert.Equal(1, await silo.Refreshed.Reader.ReadAsync(Cancelled));

        silo.Version = 2; // gossip was quicker
        await InsertAsync(2);
        await InsertAsync(3);
        await clock.SkipPauseAsync(Cancelled);
        Assert.Equal(3, await silo.Refreshed.Reader.ReadAsync(Cancelled));

        await stages.Observer.OnStop(Cancelled);
        Assert.False(silo.Refreshed.Reader.TryRead(out _));

        async Task InsertAsync(int number) =>
            Assert.True(await table.InsertRowAsync(Silos.Row(Silos.Address(number)), (await table.ReadAllAsync(Cancelled)).Version.Next(), Cancelled));
    }

    private sealed class KnownMembership : IClusterMembershipService
    {
        public Channel<long> Refreshed { get; } = Channel.CreateUnbounded<long>();

        public int Version { get; set; }

        public ClusterMembershipSnapshot CurrentSnapshot => new(ImmutableDictionary<SiloAddress, Orleans.Runtime.ClusterMember>.Empty, new MembershipVersion(Version));

        public IAsyncEnumerable<ClusterMembershipSnapshot> MembershipUpdates => throw new NotSupportedException();

        public ValueTask Refresh(MembershipVersion minimumVersion = default, CancellationToken cancellationToken = default)
        {
            Version = (int)minimumVersion.Value;
            return Refreshed.Writer.WriteAsync(minimumVersion.Value, cancellationToken);
        }

        public Task<bool> TryKill(SiloAddress siloAddress) => throw new NotSupportedException();
    }

    private sealed class Stages : ISiloLifecycle
    {
        public ILifecycleObserver? Observer { get; private set; }

        public int HighestCompletedStage => 0;

        public int LowestStoppedStage => 0;

        public IDisposable Subscribe(string observerName, int stage, ILifecycleObserver observer)
        {
            Assert.Equal(ServiceLifecycleStage.Active, stage);
            Observer = observer;
            return new Subscription();
        }

        private sealed class Subscription : IDisposable
        {
            public void Dispose()
            {
                // Never taken back.
            }
        }
    }
}
