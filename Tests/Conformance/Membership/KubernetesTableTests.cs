using System.Text.Json.Nodes;
using k8s.Autorest;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Conformance.Membership;

/// <summary>What the table asks of the API server, and what it makes of its answers.</summary>
public sealed class KubernetesTableTests : ApiServerTests
{
    private const string Put = "update orleansclusters/status";

    [Fact]
    public async Task A_heartbeat_is_exactly_one_request_from_the_first_on()
    {
        var table = await JoinedAsync(1);
        for (var beat = 1; beat <= 3; beat++)
        {
            Server.Requests.Clear();
            await table.UpdateIAmAliveAsync(Silos.Heartbeat(Silos.Address(1), Silos.Start.AddSeconds(beat)), Cancelled);
            Assert.Equal((1, 1), (Server.Requests.Total, Server.Requests["patch leases"]));
        }
    }

    [Fact]
    public async Task A_read_is_two_requests_and_a_write_is_two()
    {
        var table = await JoinedAsync(1);
        Server.Requests.Clear();

        var seen = await table.ReadAllAsync(Cancelled);
        Assert.Equal((2, 1, 1), (Server.Requests.Total, Server.Requests["get orleansclusters"], Server.Requests["list leases"]));

        Server.Requests.Clear();
        await table.InsertRowAsync(Silos.Row(Silos.Address(2)), seen.Version.Next(), Cancelled);
        Assert.Equal((2, 1, 1), (Server.Requests.Total, Server.Requests["get orleansclusters"], Server.Requests[Put]));
    }

    [Fact]
    public async Task A_write_that_meets_a_change_of_labels_is_tried_again()
    {
        var table = await JoinedAsync(1);
        var seen = await table.ReadAllAsync(Cancelled);
        var labelled = 0;
        Server.Before(Put, () =>
        {
            if (labelled++ < 2) Edit(found => found["metadata"]!["labels"] = new JsonObject { ["label"] = $"{labelled}" });
            return Task.CompletedTask;
        });

        Assert.True(await table.InsertRowAsync(Silos.Row(Silos.Address(2)), seen.Version.Next(), Cancelled));

        Assert.Equal(3, labelled);
        Assert.Equal("2", Found()["metadata"]!["labels"]!["label"]!.GetValue<string>());
        Assert.Equal(2, (await table.ReadAllAsync(Cancelled)).Version.Version);
    }

    [Fact]
    public async Task A_write_that_meets_a_change_of_the_table_is_refused()
    {
        var table = await JoinedAsync(1);
        var other = Handles.Table("c");
        var seen = await table.ReadAllAsync(Cancelled);
        Server.Before(Put, async () =>
        {
            Server.Undisturbed();
            Assert.True(await other.InsertRowAsync(Silos.Row(Silos.Address(3)), seen.Version.Next(), Cancelled));
        });

        Assert.False(await table.InsertRowAsync(Silos.Row(Silos.Address(2)), seen.Version.Next(), Cancelled));

        Assert.Equal([1, 3], (await table.ReadAllAsync(Cancelled)).Members.Select(m => m.Item1.SiloAddress.Endpoint.Port - 11_000).Order());
    }

    [Fact]
    public async Task Somebody_who_changes_the_object_all_the_time_has_a_write_refused_not_hanging()
    {
        var table = await JoinedAsync(1);
        var seen = await table.ReadAllAsync(Cancelled);
        var changes = 0;
        Server.Before(Put, () =>
        {
            Edit(found => found["metadata"]!["labels"] = new JsonObject { ["label"] = $"{++changes}" });
            return Task.CompletedTask;
        });

        Assert.False(await table.InsertRowAsync(Silos.Row(Silos.Address(2)), seen.Version.Next(), Cancelled));

        Server.Undisturbed();
        Assert.Equal(seen.Version, (await table.ReadAllAsync(Cancelled)).Version);
    }

    [Fact]
    public async Task A_write_leaves_what_others_have_written_on_the_object()
    {
        var table = await JoinedAsync(1);
        Edit(found => (found["metadata"]!["labels"], found["metadata"]!["annotations"]) = (new JsonObject { ["team"] = "x" }, new JsonObject { ["note"] = "y" }));

        Assert.True(await table.InsertRowAsync(Silos.Row(Silos.Address(2), Orleans.Runtime.SiloStatus.Active), (await table.ReadAllAsync(Cancelled)).Version.Next(), Cancelled));

        var found = Found();
        Assert.Equal(
            ("x", "y", 1, "tests"),
            (found["metadata"]!["labels"]!["team"]!.GetValue<string>(),
                found["metadata"]!["annotations"]!["note"]!.GetValue<string>(),
                found["metadata"]!["generation"]!.GetValue<int>(),
                found["spec"]!["serviceId"]!.GetValue<string>()));
        Assert.Equal(1, found["status"]!["activeSilos"]!.GetValue<int>());
    }

    [Fact]
    public async Task Trouble_is_thrown_and_leaves_nothing_behind()
    {
        var table = await JoinedAsync(1);
        var seen = await table.ReadAllAsync(Cancelled);

        Server.Fail(requests: 1);
        await Assert.ThrowsAsync<HttpOperationException>(() => table.InsertRowAsync(Silos.Row(Silos.Address(2)), seen.Version.Next(), Cancelled));
        Server.GoDown();
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => table.InsertRowAsync(Silos.Row(Silos.Address(2)), seen.Version.Next(), Cancelled));
        Server.ComeBack();
        await Server.StopListeningAsync();
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => table.ReadAllAsync(Cancelled));
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => table.UpdateIAmAliveAsync(Silos.Heartbeat(Silos.Address(1), Silos.Start), Cancelled));
        await Server.ListenAsync();

        Assert.Equal(seen.Version, (await table.ReadAllAsync(Cancelled)).Version);
        Assert.True(await table.InsertRowAsync(Silos.Row(Silos.Address(2)), seen.Version.Next(), Cancelled));
    }

    [Fact]
    public async Task A_server_that_does_not_answer_is_given_up_in_time()
    {
        await JoinedAsync(1);
        var clock = new PauseClock(TimeSpan.FromMinutes(1));
        using var handles = new KubernetesHandles(Server.Configuration, clock);
        var table = handles.Table("c");
        Server.Requests.Clear();
        using var held = Server.Hold();

        var read = table.ReadAllAsync(Cancelled);
        await Server.Requests.ReachesAsync("get orleansclusters", 1);
        Assert.Equal(handles.Options.RequestTimeout, await clock.SkipPauseAsync(Cancelled));

        await Assert.ThrowsAsync<TimeoutException>(() => read);
    }

    [Theory]
    [InlineData("down")]
    [InlineData("refused")]
    [InlineData("failing")]
    [InlineData("throttling")]
    [InlineData("silent")]
    public async Task A_server_that_is_away_when_a_silo_joins_is_waited_for_and_said_once(string what)
    {
        var clock = new PauseClock(TimeSpan.FromSeconds(10));
        var log = new ListLogger<KubernetesMembershipTable>();
        using var handles = new KubernetesHandles(Server.Configuration, clock) { Options = { RequestTimeout = TimeSpan.FromMinutes(1), ThrottleTimeout = TimeSpan.Zero } };
        if (what == "down") Server.GoDown();
        if (what == "refused") await Server.StopListeningAsync();
        if (what == "failing") Server.Fail(requests: int.MaxValue);
        if (what == "throttling") Server.Throttle(requests: int.MaxValue);
        var held = what == "silent" ? Server.Hold() : null;

        var joining = handles.Table("c", logger: log).InitializeMembershipTableAsync(true, Cancelled);
        var pauses = new List<TimeSpan>();
        for (var i = 1; i <= 8; i++)
        {
            if (held is not null)
            {
                await Server.Requests.ReachesAsync("get orleansclusters", i);
                clock.Advance(handles.Options.RequestTimeout);
            }

            pauses.Add(await clock.SkipPauseAsync(Cancelled));
        }

        Assert.InRange(pauses[0], TimeSpan.FromMilliseconds(250), TimeSpan.FromMilliseconds(500));
        Assert.All(pauses.TakeLast(2), pause => Assert.InRange(pause, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(10)));
        Assert.False(joining.IsCompleted);
        held?.Dispose();
        Server.ComeBack();
        Server.Fail(requests: 0);
        Server.Throttle(requests: 0);
        if (what == "refused") await Server.ListenAsync();
        while (await Task.WhenAny(joining, clock.SkipPauseAsync(Cancelled)) != joining)
        {
            // An attempt that was under way while it came back.
        }

        await joining;
        Assert.Equal(["membership_awaited", "membership_created"], log.Lines.Select(line => line.Event));
    }

    [Fact]
    public async Task A_right_that_a_silo_has_not_is_not_waited_for()
    {
        Server.Forbid("get orleansclusters");

        var fault = await Assert.ThrowsAsync<HttpOperationException>(() => Handles.Table("c").InitializeMembershipTableAsync(true, Cancelled));

        Assert.Equal(403, (int)fault.Response.StatusCode);
    }

    [Fact]
    public async Task A_definition_just_created_that_answers_429_is_waited_for()
    {
        var table = Handles.Table("c");
        Server.Throttle(requests: 3);

        await table.InitializeMembershipTableAsync(true, Cancelled);

        Assert.Equal(4, Server.Requests["get orleansclusters"] - 1);
        Server.Throttle(requests: 1);
        Assert.True(await table.InsertRowAsync(Silos.Row(Silos.Address(1)), (await table.ReadAllAsync(Cancelled)).Version.Next(), Cancelled));
    }

    [Fact]
    public async Task A_server_that_answers_429_for_ever_is_given_up()
    {
        Handles.Options.ThrottleTimeout = TimeSpan.Zero;
        var table = await JoinedAsync(1);
        Server.Throttle(requests: 1);

        var fault = await Assert.ThrowsAsync<HttpOperationException>(() => table.ReadAllAsync(Cancelled));

        Assert.Equal(429, (int)fault.Response.StatusCode);
    }

    [Fact]
    public async Task A_token_that_was_rotated_is_read_anew_and_the_request_done()
    {
        var table = await JoinedAsync(1);
        Server.Requests.Clear();
        Server.Token = "second-token";

        await table.UpdateIAmAliveAsync(Silos.Heartbeat(Silos.Address(1), Silos.Start.AddMinutes(1)), Cancelled);
        Assert.Equal(2, Server.Requests.Total);

        await table.UpdateIAmAliveAsync(Silos.Heartbeat(Silos.Address(1), Silos.Start.AddMinutes(2)), Cancelled);
        Assert.Equal(3, Server.Requests.Total);
    }

    [Fact]
    public async Task A_token_that_nobody_takes_is_said_once_per_request()
    {
        using var handles = new KubernetesHandles(() => new k8s.KubernetesClientConfiguration { Host = Server.Address.ToString(), AccessToken = "wrong", Namespace = "default" });

        var fault = await Assert.ThrowsAsync<HttpOperationException>(() => handles.Table("c").InitializeMembershipTableAsync(true, Cancelled));

        Assert.Equal(401, (int)fault.Response.StatusCode);
        Assert.Equal(2, Server.Requests.Total);
    }

    [Fact]
    public async Task What_is_missing_is_said_with_what_to_do()
    {
        var table = Handles.Table("c");
        Assert.Contains(
            "apply it",
            (await Assert.ThrowsAsync<KubernetesClusteringException>(() => table.InitializeMembershipTableAsync(false, Cancelled))).Message,
            StringComparison.Ordinal);

        Server.Forbid("create orleansclusters");
        Assert.Contains(
            "allow 'create'",
            (await Assert.ThrowsAsync<KubernetesClusteringException>(() => table.InitializeMembershipTableAsync(true, Cancelled))).Message,
            StringComparison.Ordinal);

        Server.Forbid();
        Server.IsDefined = false;
        Assert.Contains(
            "crd/orleansclusters.yaml",
            (await Assert.ThrowsAsync<KubernetesClusteringException>(() => table.InitializeMembershipTableAsync(true, Cancelled))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_table_of_another_service_is_not_joined()
    {
        await JoinedAsync(1);

        var fault = await Assert.ThrowsAsync<KubernetesClusteringException>(() => Handles.Table("c", serviceId: "other").InitializeMembershipTableAsync(true, Cancelled));

        Assert.Contains("ClusterId of its own", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_object_that_was_made_anew_is_said_loudly()
    {
        var log = new ListLogger<KubernetesMembershipTable>();
        var table = Handles.Table("c", logger: log);
        await table.InitializeMembershipTableAsync(true, Cancelled);
        Server.Store.Change("orleansclusters/default", "c", _ => null);
        await Assert.ThrowsAsync<KubernetesClusteringException>(() => table.ReadAllAsync(Cancelled));
        await Handles.Table("c").InitializeMembershipTableAsync(true, Cancelled);

        await table.ReadAllAsync(Cancelled);

        Assert.Equal(["membership_created", "membership_replaced"], log.Lines.Select(line => line.Event));
    }

    public static TheoryData<string> Malformed => new(
        """{"version":-1,"activeSilos":0,"members":[]}""",
        """{"version":"one","activeSilos":0,"members":[]}""",
        """{"version":3,"activeSilos":0}""",
        """{"version":0,"activeSilos":0,"members":[{"address":"10.0.0.1:1@1","status":"Active","startTime":"2026-01-01T00:00:00Z","iAmAliveTime":"2026-01-01T00:00:00Z"}]}""",
        """{"version":3,"activeSilos":0,"members":[{"address":"nonsense","status":"Active","startTime":"2026-01-01T00:00:00Z","iAmAliveTime":"2026-01-01T00:00:00Z"}]}""",
        """{"version":3,"activeSilos":0,"members":[{"address":"10.0.0.1:1@1","status":"Alive","startTime":"2026-01-01T00:00:00Z","iAmAliveTime":"2026-01-01T00:00:00Z"}]}""",
        """{"version":3,"activeSilos":0,"members":[{"address":"10.0.0.1:1@1","status":"3","startTime":"2026-01-01T00:00:00Z","iAmAliveTime":"2026-01-01T00:00:00Z"}]}""",
        """{"version":3,"activeSilos":0,"members":[{"address":"10.0.0.1:1@1","status":"Active","startTime":"yesterday","iAmAliveTime":"2026-01-01T00:00:00Z"}]}""",
        """{"version":3,"activeSilos":0,"members":[{"address":"10.0.0.1:1@1","status":"Active"}]}""",
        """{"version":3,"activeSilos":0,"members":[{"address":"10.0.0.1:1@1","status":"Active","startTime":"2026-01-01T00:00:00Z","iAmAliveTime":"2026-01-01T00:00:00Z"},{"address":"10.0.0.1:1@1","status":"Dead","startTime":"2026-01-01T00:00:00Z","iAmAliveTime":"2026-01-01T00:00:00Z"}]}""",
        "[]");

    [Theory]
    [MemberData(nameof(Malformed))]
    public async Task A_malformed_object_is_neither_read_nor_written(string status)
    {
        var table = await JoinedAsync(1);
        var good = await table.ReadAllAsync(Cancelled);
        var kept = Found()["status"]!.DeepClone();
        Edit(found => found["status"] = JsonNode.Parse(status));

        Assert.Contains("malformed", (await Assert.ThrowsAsync<KubernetesClusteringException>(() => table.ReadAllAsync(Cancelled))).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<KubernetesClusteringException>(() => table.InsertRowAsync(Silos.Row(Silos.Address(2)), good.Version.Next(), Cancelled));
        await Assert.ThrowsAsync<KubernetesClusteringException>(() => table.CleanupDefunctSiloEntriesAsync(Silos.Start.AddYears(1), Cancelled));
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(status), Found()["status"]));

        Edit(found => found["status"] = kept);
        Assert.Equal(good.Version, (await table.ReadAllAsync(Cancelled)).Version);
    }

    [Fact]
    public async Task The_rights_that_a_silo_needs_are_these()
    {
        var table = await JoinedAsync(1); // somebody else created the object
        Server.Requests.Clear();

        var again = Handles.Table("c");
        await again.InitializeMembershipTableAsync(true, Cancelled);
        await again.InsertRowAsync(Silos.Row(Silos.Address(2), Orleans.Runtime.SiloStatus.Dead), (await again.ReadAllAsync(Cancelled)).Version.Next(), Cancelled);
        await again.UpdateIAmAliveAsync(Silos.Heartbeat(Silos.Address(2), Silos.Start), Cancelled);
        await again.ReadRowAsync(Silos.Address(2), Cancelled);
        await again.CleanupDefunctSiloEntriesAsync(Silos.Start.AddDays(1), Cancelled);

        // A lease that is not there yet is created by its patch: RBAC asks for 'create' too.
        Assert.Equal(["delete leases", "get orleansclusters", "list leases", "patch leases", Put], Server.Requests.Kinds);
        Assert.Single((await table.ReadAllAsync(Cancelled)).Members);
    }

    private async Task<KubernetesMembershipTable> JoinedAsync(int silos)
    {
        var table = Handles.Table("c");
        await table.InitializeMembershipTableAsync(true, Cancelled);
        for (var i = 1; i <= silos; i++) Assert.True(await table.InsertRowAsync(Silos.Row(Silos.Address(i)), (await table.ReadAllAsync(Cancelled)).Version.Next(), Cancelled));
        return table;
    }

    private JsonObject Found() => Server.Store.Find("orleansclusters/default", "c")!;

    private void Edit(Action<JsonObject> edit) => Server.Store.Change("orleansclusters/default", "c", found =>
    {
        edit(found!);
        return found;
    });
}
