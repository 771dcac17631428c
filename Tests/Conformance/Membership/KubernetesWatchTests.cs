using System.Text.Json.Nodes;
using System.Threading.Channels;
using OrleansGateway.Tests.TestKit;
using OrleansGateway.Tests.TestKit.FakeKubernetes;

namespace OrleansGateway.Tests.Conformance.Membership;

/// <summary>Following the table, through everything that ends a watch. Pauses are waited for and skipped; nothing here takes its real time.</summary>
public sealed class KubernetesWatchTests : IAsyncLifetime
{
    private const string Opened = "watch opened";

    private readonly PauseClock _clock = new(longest: TimeSpan.FromSeconds(10));
    private readonly ListLogger<ClusterWatch> _log = new();
    private readonly Channel<ClusterView> _views = Channel.CreateUnbounded<ClusterView>();
    private readonly CancellationTokenSource _stop = new();
    private FakeApiServer _server = null!;
    private KubernetesHandles _handles = null!;
    private KubernetesHandles _writers = null!;
    private KubernetesMembershipTable _table = null!;
    private Task _following = Task.CompletedTask;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await FakeApiServer.StartAsync();
        _handles = new KubernetesHandles(_server.Configuration, _clock);
        _handles.Options.RequestTimeout = TimeSpan.FromMinutes(1); // longer than any pause
        _writers = new KubernetesHandles(_server.Configuration);
        _table = _writers.Table("c");
        await _table.InitializeMembershipTableAsync(true, Cancelled);
        await WriteAsync(1);
        _following = _handles.Watch(_handles.Api("c"), _log).RunAsync(TakeAsync, TakeAsync, _stop.Token);
        Assert.Equal(1, await NextAsync());
        await _server.Requests.ReachesAsync(Opened, 1);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _following;
        _stop.Dispose();
        _handles.Dispose();
        _writers.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Each_change_is_told_without_asking_again()
    {
        var asked = _server.Requests["get orleansclusters"];
        for (var version = 2; version <= 5; version++)
        {
            await WriteAsync(version);
            Assert.Equal(version, await NextAsync());
        }

        // The writer reads and gets once a change; the watch does neither.
        Assert.Equal(asked + 8, _server.Requests["get orleansclusters"]);
        Assert.Equal(1, _server.Requests[Opened]);
    }

    [Fact]
    public async Task Bookmarks_are_asked_for_and_change_nothing()
    {
        _server.Store.Bookmark();
        _server.Store.Bookmark();
        await WriteAsync(2);

        Assert.Equal(2, await NextAsync());
        Assert.Equal(1, _server.Requests[Opened]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_watch_from_a_version_that_the_server_has_just_forgotten_begins_anew(bool inTheStream)
    {
        _server.SaysGoneInTheStream = inTheStream;
        _server.Before("watch orleansclusters", () =>
        {
            _server.Undisturbed();
            _server.Store.Forget();
            return Task.CompletedTask;
        });
        await WriteWhileClosedAsync(2);

        await _clock.SkipPauseAsync(Cancelled);
        Assert.Equal(2, await NextAsync());
        await _clock.SkipPauseAsync(Cancelled);
        Assert.Equal(2, await NextAsync());
        await _server.Requests.ReachesAsync("watch orleansclusters", 3);
        await WriteAsync(3);
        Assert.Equal(3, await NextAsync());
        Assert.DoesNotContain(_log.Lines, line => line.Event == "membership_watch_trouble");
    }

    [Fact]
    public async Task A_table_that_has_not_changed_for_longer_than_the_server_remembers_can_be_watched()
    {
        _server.Store.Forget();
        _server.Store.EndWatches();

        await _clock.SkipPauseAsync(Cancelled);
        Assert.Equal(1, await NextAsync());
        await _server.Requests.ReachesAsync(Opened, 2);
        await WriteAsync(2);
        Assert.Equal(2, await NextAsync());
    }

    [Fact]
    public async Task A_410_in_the_midst_of_a_watch_begins_it_anew()
    {
        _server.Store.Say(new JsonObject { ["type"] = "ERROR", ["object"] = ApiFault.Gone().Status }.ToJsonString());

        await _clock.SkipPauseAsync(Cancelled);
        Assert.Equal(1, await NextAsync());
        await _server.Requests.ReachesAsync(Opened, 2);
        await WriteAsync(2);
        Assert.Equal(2, await NextAsync());
        Assert.DoesNotContain(_log.Lines, line => line.Event == "membership_watch_trouble");
    }

    [Fact]
    public async Task A_watch_that_is_closed_begins_anew_after_a_pause()
    {
        await WriteWhileClosedAsync(2);

        Assert.InRange(await _clock.SkipPauseAsync(Cancelled), TimeSpan.FromMilliseconds(250), TimeSpan.FromMilliseconds(500));
        Assert.Equal(2, await NextAsync());
        await _server.Requests.ReachesAsync(Opened, 2);
        await WriteAsync(3);
        Assert.Equal(3, await NextAsync());
    }

    [Fact]
    public async Task A_watch_on_a_dead_connection_is_given_up()
    {
        _clock.Advance(_handles.Options.WatchTimeout + _handles.Options.RequestTimeout);

        await _clock.SkipPauseAsync(Cancelled);
        Assert.Equal(1, await NextAsync());
        await _server.Requests.ReachesAsync(Opened, 2);
    }

    [Fact]
    public async Task A_token_that_was_rotated_is_read_anew()
    {
        _server.Token = "second-token";
        _server.Store.EndWatches();

        await _clock.SkipPauseAsync(Cancelled);
        Assert.Equal(1, await NextAsync());
        await _server.Requests.ReachesAsync(Opened, 2);
        Assert.DoesNotContain(_log.Lines, line => line.Event == "membership_watch_trouble");
    }

    [Theory]
    [InlineData("down")]
    [InlineData("refused")]
    [InlineData("failing")]
    [InlineData("deleted")]
    [InlineData("malformed")]
    public async Task What_is_wrong_is_said_once_and_waited_out_with_pauses_that_grow_to_a_bound(string what)
    {
        var good = _server.Store.Find("orleansclusters/default", "c")!;
        if (what == "down") _server.GoDown();
        if (what == "failing") _server.Fail(requests: int.MaxValue);
        if (what == "refused") await _server.StopListeningAsync();
        if (what == "deleted") _server.Store.Change("orleansclusters/default", "c", _ => null);
        if (what == "malformed") Edit("nonsense");
        _server.Store.EndWatches();

        var pauses = new List<TimeSpan>();
        for (var i = 0; i < 8; i++) pauses.Add(await _clock.SkipPauseAsync(Cancelled));

        Assert.InRange(pauses[0], TimeSpan.FromMilliseconds(250), TimeSpan.FromMilliseconds(500));
        Assert.All(pauses.TakeLast(2), pause => Assert.InRange(pause, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(10)));
        Assert.False(_views.Reader.TryRead(out _));
        Assert.Single(_log.Lines, line => line.Event == "membership_watch_trouble");

        _server.ComeBack();
        _server.Fail(requests: 0);
        if (what == "refused") await _server.ListenAsync();
        if (what is "deleted" or "malformed") _server.Store.Change("orleansclusters/default", "c", _ => good);
        Assert.Equal(1, await SkipToAsync(1));
        Assert.Single(_log.Lines, line => line.Event == "membership_watch_healed");
    }

    [Fact]
    public async Task A_malformed_event_is_passed_over_and_the_next_good_one_told()
    {
        Edit("nonsense");
        Edit("10.0.0.9:1@1");

        Assert.Equal(1, await NextAsync());
        Assert.Equal(["membership_watch_trouble", "membership_watch_healed"], _log.Lines.Select(line => line.Event).Where(name => name != "membership_watch_ended"));
        Assert.Equal(1, _server.Requests[Opened]);
    }

    [Fact]
    public async Task An_event_that_is_no_json_begins_the_watch_anew()
    {
        _server.Store.Say("{\"type\":");

        await _clock.SkipPauseAsync(Cancelled);
        Assert.Equal(1, await NextAsync());
        await _server.Requests.ReachesAsync(Opened, 2);
    }

    private Task TakeAsync(ClusterView view) => _views.Writer.WriteAsync(view).AsTask();

    private async Task<int> NextAsync() => (await _views.Reader.ReadAsync(Cancelled)).Version;

    /// <summary>The next version from the wanted one on; pauses on the way are skipped.</summary>
    private async Task<int> SkipToAsync(int wanted)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        var skipping = SkipAsync(enough.Token);
        var version = 0;
        while (version < wanted) version = await NextAsync();
        await enough.CancelAsync();
        await skipping;
        return version;
    }

    private async Task SkipAsync(CancellationToken ct)
    {
        try
        {
            while (true) await _clock.SkipPauseAsync(ct);
        }
        catch (OperationCanceledException)
        {
            // Enough.
        }
    }

    private async Task WriteWhileClosedAsync(int version)
    {
        _server.Store.EndWatches();
        await WriteAsync(version);
    }

    private async Task WriteAsync(int version) =>
        Assert.True(await _table.InsertRowAsync(Silos.Row(Silos.Address(version), SiloStatus.Active), (await _table.ReadAllAsync(Cancelled)).Version.Next(), Cancelled));

    private void Edit(string address) => _server.Store.Change("orleansclusters/default", "c", found =>
    {
        found!["status"]!["members"]![0]!["address"] = address;
        return found;
    });
}
