using Microsoft.Extensions.Logging.Abstractions;

namespace OrleansGateway.Tests.Unit.Webhooks;

public sealed class WebhookIndexGrainTests
{
    private readonly State _state = new();

    [Fact]
    public async Task Who_is_added_twice_is_told_so_when_it_is_written_and_not_before()
    {
        var index = await ActivateAsync();
        var first = index.Add("acme");
        await _state.Began.Task;
        var second = index.Add("acme");
        Assert.False(second.IsCompleted);

        _state.Written.SetResult();
        await first;
        await second;
        Assert.Equal(["acme"], _state.Kept.TenantIds);
        var writes = _state.Writes;
        await index.Add("acme");
        Assert.Equal(writes, _state.Writes);
    }

    [Fact]
    public async Task One_whose_write_failed_is_written_by_the_next_call()
    {
        var index = await ActivateAsync();
        _state.Written.SetException(new StoreUnavailableException("away"));
        await Assert.ThrowsAnyAsync<Exception>(() => index.Add("acme"));

        _state.Written = new TaskCompletionSource();
        _state.Written.SetResult();
        await index.Add("acme");
        Assert.Equal(["acme"], _state.Kept.TenantIds);
    }

    private async Task<WebhookIndexGrain> ActivateAsync()
    {
        var grain = new WebhookIndexGrain(_state, NullLogger<WebhookIndexGrain>.Instance);
        await grain.OnActivateAsync(TestContext.Current.CancellationToken);
        return grain;
    }

    /// <summary>A state whose writes a test ends.</summary>
    private sealed class State : IPersistentState<TenantIndexState>
    {
        public TenantIndexState Kept { get; private set; } = new();

        public int Writes { get; private set; }

        public TaskCompletionSource Began { get; } = new();

        public TaskCompletionSource Written { get; set; } = new();

        TenantIndexState Orleans.Core.IStorage<TenantIndexState>.State { get; set; } = new();

        public string Etag => "";

        public bool RecordExists => true;

        public async Task WriteStateAsync()
        {
            Writes++;
            Began.TrySetResult();
            var written = ((Orleans.Core.IStorage<TenantIndexState>)this).State;
            await Written.Task;
            Kept = written;
        }

        public Task ReadStateAsync() => Task.CompletedTask;

        public Task ClearStateAsync() => Task.CompletedTask;
    }
}
