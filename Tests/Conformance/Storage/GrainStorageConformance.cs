using Orleans.Storage;

namespace OrleansGateway.Tests.Conformance.Storage;

/// <summary>What Orleans expects of a provider of grain storage.</summary>
public abstract class GrainStorageConformance
{
    /// <summary>An empty storage.</summary>
    protected abstract IGrainStorage Storage { get; }

    private static readonly GrainId Acme = GrainId.Create("tenant", "acme");

    [Fact]
    public async Task A_state_never_written_is_new_and_not_null()
    {
        var state = new GrainState<Sample> { State = null!, ETag = "left over", RecordExists = true };

        await Storage.ReadStateAsync("snapshot", Acme, state);

        Assert.Equal(new Sample(), state.State);
        Assert.Null(state.ETag);
        Assert.False(state.RecordExists);
    }

    [Theory]
    [InlineData("acme")]
    [InlineData("тенант/ä")]
    [InlineData("with 'quotes' and \"more\"")]
    public async Task What_is_written_is_read(string key)
    {
        var grain = GrainId.Create("tenant", key);
        var written = Of("text ✓", 42);
        await Storage.WriteStateAsync("snapshot", grain, written);
        Assert.True(written.RecordExists);

        var read = await ReadAsync(grain);

        Assert.Equal(written.State, read.State);
        Assert.Equal(written.ETag, read.ETag);
        Assert.True(read.RecordExists);
    }

    [Fact]
    public async Task A_large_state_is_read_as_it_was_written()
    {
        var written = Of(new string('x', 3_000_000), 1);
        await Storage.WriteStateAsync("snapshot", Acme, written);

        Assert.Equal(written.State, (await ReadAsync(Acme)).State);
    }

    [Fact]
    public async Task Every_write_and_clear_changes_the_etag()
    {
        var state = Of("a", 1);
        var seen = new HashSet<string>();
        for (var i = 0; i < 5; i++)
        {
            await Storage.WriteStateAsync("snapshot", Acme, state);
            Assert.True(seen.Add(state.ETag ?? "none"));
        }

        await Storage.ClearStateAsync("snapshot", Acme, state);
        Assert.True(seen.Add(state.ETag ?? "none"));

        await Storage.WriteStateAsync("snapshot", Acme, state);
        Assert.True(seen.Add(state.ETag ?? "none"));
    }

    [Fact]
    public async Task A_second_first_write_is_refused()
    {
        await Storage.WriteStateAsync("snapshot", Acme, Of("first", 1));

        await Assert.ThrowsAsync<InconsistentStateException>(() => Storage.WriteStateAsync("snapshot", Acme, Of("second", 2)));
        Assert.Equal("first", (await ReadAsync(Acme)).State?.Text);
    }

    [Fact]
    public async Task A_write_over_a_version_that_is_gone_is_refused_and_changes_nothing()
    {
        var mine = Of("mine", 1);
        await Storage.WriteStateAsync("snapshot", Acme, mine);
        var theirs = await ReadAsync(Acme);
        theirs.State = new Sample { Text = "theirs" };
        await Storage.WriteStateAsync("snapshot", Acme, theirs);
        var etag = mine.ETag;

        await Assert.ThrowsAsync<InconsistentStateException>(() => Storage.WriteStateAsync("snapshot", Acme, mine));

        Assert.Equal(etag, mine.ETag);
        Assert.Equal("theirs", (await ReadAsync(Acme)).State?.Text);
    }

    [Fact]
    public async Task A_write_with_an_etag_of_nothing_stored_is_refused()
    {
        var state = Of("a", 1);
        state.ETag = "unheard of";

        await Assert.ThrowsAsync<InconsistentStateException>(() => Storage.WriteStateAsync("snapshot", Acme, state));
        Assert.False((await ReadAsync(Acme)).RecordExists);
    }

    [Fact]
    public async Task Clearing_leaves_a_new_state_that_is_not_null()
    {
        var state = Of("a", 1);
        await Storage.WriteStateAsync("snapshot", Acme, state);

        await Storage.ClearStateAsync("snapshot", Acme, state);

        Assert.Equal(new Sample(), state.State);
        Assert.False(state.RecordExists);
        Assert.False((await ReadAsync(Acme)).RecordExists);
    }

    [Fact]
    public async Task Clearing_a_version_that_is_gone_is_refused()
    {
        var stale = Of("a", 1);
        await Storage.WriteStateAsync("snapshot", Acme, stale);
        var current = await ReadAsync(Acme);
        await Storage.WriteStateAsync("snapshot", Acme, current);

        await Assert.ThrowsAsync<InconsistentStateException>(() => Storage.ClearStateAsync("snapshot", Acme, stale));
        await Assert.ThrowsAsync<InconsistentStateException>(() => Storage.ClearStateAsync("snapshot", Acme, Of("never read", 0)));
        Assert.True((await ReadAsync(Acme)).RecordExists);

        await Storage.ClearStateAsync("snapshot", Acme, current);
        await Assert.ThrowsAsync<InconsistentStateException>(() => Storage.ClearStateAsync("snapshot", Acme, stale));
    }

    [Fact]
    public async Task Clearing_what_was_never_written_does_nothing()
    {
        var state = await ReadAsync(Acme);

        await Storage.ClearStateAsync("snapshot", Acme, state);

        Assert.NotNull(state.State);
        await Storage.WriteStateAsync("snapshot", Acme, state);
    }

    [Fact]
    public async Task States_of_other_names_and_grains_are_independent()
    {
        var other = GrainId.Create("tenant", "acme2");
        var states = new (string Name, GrainId Grain, GrainState<Sample> State)[]
        {
            ("snapshot", Acme, Of("a", 1)), ("policy", Acme, Of("b", 2)), ("snapshot", other, Of("c", 3)), ("snapshot2", Acme, Of("d", 4)),
        };
        foreach (var (name, grain, state) in states)
        {
            await Storage.WriteStateAsync(name, grain, state);
        }

        await Storage.ClearStateAsync("snapshot", Acme, states[0].State);

        foreach (var (name, grain, state) in states[1..])
        {
            var read = new GrainState<Sample>();
            await Storage.ReadStateAsync(name, grain, read);
            Assert.Equal(state.State, read.State);
        }
    }

    [Fact]
    public async Task Of_racing_writers_one_wins_each_version()
    {
        var state = Of("0", 0);
        await Storage.WriteStateAsync("snapshot", Acme, state);
        for (var round = 1; round <= 20; round++)
        {
            var etag = state.ETag;
            var attempts = await Task.WhenAll(Enumerable.Range(0, 8).Select(writer => Task.Run(() => TryWriteAsync($"{round}/{writer}", etag))));

            state = Assert.Single(attempts, attempt => attempt is not null)!;
            Assert.Equal(state.State, (await ReadAsync(Acme)).State);
        }
    }

    [Fact]
    public async Task Many_grains_write_and_read_at_once() => await Parallel.ForEachAsync(Enumerable.Range(0, 100), async (i, _) =>
    {
        var grain = GrainId.Create("tenant", $"t{i}");
        var state = Of($"{i}", 0);
        for (var round = 0; round < 10; round++)
        {
            state.State = new Sample { Text = $"{i}", Number = round };
            await Storage.WriteStateAsync("snapshot", grain, state);
            var read = await ReadAsync(grain);
            Assert.Equal(state.State, read.State);
            Assert.Equal(state.ETag, read.ETag);
        }
    });

    private static GrainState<Sample> Of(string text, int number) => new() { State = new Sample { Text = text, Number = number } };

    private async Task<GrainState<Sample>> ReadAsync(GrainId grain)
    {
        var state = new GrainState<Sample>();
        await Storage.ReadStateAsync("snapshot", grain, state);
        return state;
    }

    private async Task<GrainState<Sample>?> TryWriteAsync(string text, string? etag)
    {
        var state = new GrainState<Sample> { State = new Sample { Text = text }, ETag = etag };
        try
        {
            await Storage.WriteStateAsync("snapshot", Acme, state);
            return state;
        }
        catch (InconsistentStateException)
        {
            return null;
        }
    }

    public sealed record Sample
    {
        public string Text { get; init; } = "";

        public int Number { get; init; }
    }
}
