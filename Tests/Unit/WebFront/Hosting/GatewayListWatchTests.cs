using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Orleans.Messaging;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests;

public sealed class GatewayListWatchTests : IAsyncDisposable
{
    private readonly FakeGrainFactory _grains = new();
    private readonly List<Uri> _silos = [];
    private readonly ServiceProvider _services;
    private readonly ClusterPool _pool;
    private readonly IGatewayListProvider _list;

    public GatewayListWatchTests()
    {
        var services = new ServiceCollection().AddSingleton(_silos).AddSingleton<IGatewayListProvider, Listed>();
        GatewayListWatch.Decorate(services);
        var time = new FakeTimeProvider();
        _pool = new ClusterPool(_grains, time, new CallWatch(_grains, time));
        _services = services.AddSingleton(_pool).BuildServiceProvider();
        _list = _services.GetRequiredService<IGatewayListProvider>();
    }

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    [Fact]
    public async Task The_pool_takes_new_keys_once_the_client_knows_of_a_silo_that_came()
    {
        List([1, 2]);
        await ReadAsync(2);
        var before = KeysTaken();

        List([2, 1, 3]);
        await ReadAsync(1);
        // The client has the list only now.
        Assert.Equal(before, KeysTaken());
        await ReadAsync(1);
        Assert.Equal(2 * before, KeysTaken());

        // Another order is no change.
        List([3, 2, 1]);
        await ReadAsync(2);
        Assert.Equal(2 * before, KeysTaken());
    }

    private void List(int[] hosts)
    {
        _silos.Clear();
        _silos.AddRange(hosts.Select(host => new Uri($"gwy.tcp://10.0.0.{host}:30000/0")));
    }

    private async Task ReadAsync(int times)
    {
        for (var i = 0; i < times; i++) Assert.Equal(_silos, await _list.GetGateways());
    }

    private int KeysTaken()
    {
        _ = _pool.Next();
        return _grains.PoolKeys.Count;
    }

    private sealed class Listed(List<Uri> silos) : IGatewayListProvider
    {
        public TimeSpan MaxStaleness => TimeSpan.FromSeconds(10);

        [Obsolete("Always true.")]
        public bool IsUpdatable => true;

        public Task InitializeGatewayListProvider() => Task.CompletedTask;

        public Task<IList<Uri>> GetGateways() => Task.FromResult<IList<Uri>>([.. silos]);
    }
}
