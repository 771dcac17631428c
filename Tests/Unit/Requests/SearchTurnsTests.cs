using Microsoft.Extensions.Time.Testing;

namespace OrleansGateway.Tests.Unit.Requests;

public sealed class SearchTurnsTests
{
    private readonly SearchTurns _turns = new(new FakeTimeProvider());

    [Fact]
    public async Task Searches_come_one_after_the_other_and_one_that_fails_is_not_in_the_next_one_s_way()
    {
        var gates = new[] { new TaskCompletionSource<bool>(), new TaskCompletionSource<bool>(), new TaskCompletionSource<bool>() };
        var begun = new List<int>();
        var begins = new[] { new TaskCompletionSource(), new TaskCompletionSource(), new TaskCompletionSource() };
        var searches = Enumerable.Range(0, 3).Select(i => _turns.SearchAsync($"req_{i}", () =>
        {
            lock (begun) begun.Add(i);
            begins[i].SetResult();
            return gates[i].Task;
        })).ToList();

        Assert.Equal([0], begun);
        gates[0].SetException(new StoreUnavailableException("away"));
        await Assert.ThrowsAsync<StoreUnavailableException>(() => searches[0]);
        await begins[1].Task;
        Assert.Equal([0, 1], begun);
        gates[1].SetResult(false);
        Assert.False(await searches[1]);
        gates[2].SetResult(true);
        Assert.True(await searches[2]);
    }

    [Fact]
    public async Task Who_waited_for_a_search_that_found_nothing_does_not_search_for_the_same()
    {
        var (gate, searches) = (new TaskCompletionSource<bool>(), 0);
        Task<bool> Ask() => _turns.SearchAsync("req_1", () =>
        {
            searches++;
            return gate.Task;
        });
        var (first, second) = (Ask(), Ask());
        gate.SetResult(false);
        Assert.False(await first);
        Assert.False(await second);
        Assert.Equal(1, searches);
    }

    [Fact]
    public async Task Of_misses_only_the_newest_are_remembered()
    {
        for (var i = 0; i <= 1_000; i++) Assert.False(await _turns.SearchAsync($"req_{i}", () => Task.FromResult(false)));
        Assert.False(await _turns.SearchAsync("req_1000", () => Task.FromResult(true)));
        Assert.True(await _turns.SearchAsync("req_0", () => Task.FromResult(true)));
    }
}
