using System.Collections.Immutable;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Unit.Catalog;

/// <summary>What the cluster keeps of the catalog, over changes and over a store that was put back.</summary>
public sealed class CatalogKeeperTests
{
    private static readonly DateTimeOffset At = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly CatalogRecipe Recipe = new(
        new CatalogOptions(), new ProvidersOptions { Providers = { ["holysheep"] = new ProviderOptions(), ["azure"] = new ProviderOptions() } }, "holysheep");

    private readonly CatalogSource _source = new(Recipe);
    private readonly ListLogger<CatalogKeeperGrain> _log = new();
    private InMemoryState<CatalogState> _state = new();
    private CatalogKeeperGrain _keeper;

    public CatalogKeeperTests() => _keeper = Activate();

    [Fact]
    public async Task What_an_operator_sets_after_a_store_was_put_back_is_in_force()
    {
        for (var price = 1; price <= 3; price++) await SetAsync(Own(price));
        PutBack();

        await SetAsync(Own(9));

        Assert.Equal(Money.FromUsd(9), _source.Current.Models["own"].PriceAt(At)!.InputUsdPerMillion);
        Assert.Single(_log.Lines, line => line is { Event: "catalog_behind", Level: LogLevel.Error });
    }

    [Fact]
    public async Task What_another_silo_has_of_before_a_store_was_put_back_is_replaced_too()
    {
        _ = await _keeper.News(7);
        await SetAsync(Own(1));
        Assert.Equal(8, (await _keeper.News(7)).Inputs!.Revision);

        _ = await _keeper.News(20);
        await _keeper.Learn(ImmutableDictionary<string, ImmutableArray<string>>.Empty.Add("holysheep", ["gpt-4.1"]));
        Assert.Equal(21, (await _keeper.News(20)).Inputs!.Revision);
        Assert.Equal(2, _log.Lines.Count(line => line.Event == "catalog_behind"));
    }

    [Theory]
    [InlineData("left out")]
    [InlineData("withdrawn")]
    [InlineData("by another price")]
    [InlineData("learned of lists, then left out")]
    public async Task A_price_that_was_in_force_keeps_its_numbers_however_it_went(string gone)
    {
        await SetAsync(Own(1));
        if (gone == "learned of lists, then left out") await _keeper.Learn(ImmutableDictionary<string, ImmutableArray<string>>.Empty.Add("holysheep", ["gpt-4.1"]));
        await SetAsync(gone switch
        {
            "withdrawn" => [.. Own(1).Select(model => model with { Withdrawn = true })],
            "by another price" => Own(2),
            _ => [],
        });
        // Of another silo, later on.
        _keeper = Activate();

        await RefusedAsync("models[0].prices[0].version", [Own(1)[0] with { Prices = [Card("v1", 5)] }]);
        await SetAsync(Own(1));
        await SetAsync([Own(1)[0] with { Prices = [Card("v1b", 5)] }]);
    }

    [Fact]
    public async Task An_offers_price_keeps_its_numbers_and_those_of_another_provider_are_another()
    {
        await SetAsync(Offering("azure", Card("a", 5)));
        await RefusedAsync("models[0].offers[0].prices[0].version", Offering("azure", Card("a", 500)));
        await SetAsync(Offering("holysheep", Card("a", 500)));
        await RefusedAsync("models[0].offers[0].prices[0].version", Offering("azure", Card("a", 500)));
    }

    [Fact]
    public async Task An_offer_that_was_charged_by_the_models_price_gives_its_version_no_other_numbers()
    {
        await SetAsync(Own(1));
        await RefusedAsync("models[0].offers[0].prices[0].version", [Own(1)[0] with { Offers = [Own(1)[0].Offers[0] with { Prices = [Card("v1", 5)] }] }]);
    }

    [Fact]
    public async Task What_the_configuration_says_under_a_version_is_kept_beneath_an_operators_model()
    {
        var configured = _source.Current.Models["gpt-4.1"];
        await SetAsync([configured with { Prices = [Card("mine", 1)] }]);
        await RefusedAsync("models[0].prices[0].version", [configured with { Prices = [configured.Prices[0] with { InputUsdPerMillion = Money.FromUsd(50) }] }]);
        await SetAsync([configured]);
        Assert.Empty(_state.Stored.Inputs.Operator.Models);
    }

    [Fact]
    public async Task Prices_that_a_release_without_a_memory_of_them_has_set_are_remembered_from_the_next_change_on()
    {
        await SetAsync(Own(1));
        _state.Stored = _state.Stored with { Cited = [] };
        _keeper = Activate();
        await SetAsync([]);
        await RefusedAsync("models[0].prices[0].version", [Own(1)[0] with { Prices = [Card("v1", 5)] }]);
    }

    [Fact]
    public void What_a_release_without_a_memory_of_prices_has_stored_reads_on() =>
        Assert.Empty(JsonSerializer.Deserialize<CatalogState>("""{"Inputs":{"Revision":3}}""")!.Cited);

    [Fact]
    public async Task What_is_in_force_may_be_written_back()
    {
        await SetAsync([.. Own(1), .. Offering("azure", Card("a", 5))]);
        await SetAsync([.. _source.Current.Models.Values]);
    }

    private CatalogKeeperGrain Activate()
    {
        _state.ReadStateAsync();
        var keeper = new CatalogKeeperGrain(_state, _source, Recipe, new FakeTimeProvider(), _log);
        keeper.OnActivateAsync(CancellationToken.None);
        return keeper;
    }

    /// <summary>The store is as it was at first; the silo runs on, and the keeper is activated again.</summary>
    private void PutBack()
    {
        _state = new InMemoryState<CatalogState>();
        _keeper = Activate();
    }

    private async Task SetAsync(ImmutableArray<CatalogModel> models) =>
        Assert.IsType<AdminOutcome<ModelCatalog>.Done>(await _keeper.Replace(new CatalogEntries { Models = models }, null));

    private async Task RefusedAsync(string path, ImmutableArray<CatalogModel> models) =>
        Assert.Equal(path, Assert.Single(Assert.IsType<AdminOutcome<ModelCatalog>.Invalid>(await _keeper.Replace(new CatalogEntries { Models = models }, null)).Faults).Path);

    private static ImmutableArray<CatalogModel> Own(int price) =>
    [
        new CatalogModel
        {
            Id = "own",
            Offers = [new ModelOffer { Provider = "holysheep", UpstreamModel = "own" }],
            ContextTokens = 1_000,
            MaxOutputTokens = 500,
            Prices = [Card($"v{price}", price)],
        },
    ];

    private static ImmutableArray<CatalogModel> Offering(string provider, PriceCard price) =>
        [Own(1)[0] with { Id = "offered", Offers = [new ModelOffer { Provider = provider, UpstreamModel = "x", Prices = [price] }] }];

    private static PriceCard Card(string version, int usd) => new()
    {
        Version = version,
        EffectiveFrom = DateTimeOffset.UnixEpoch,
        InputUsdPerMillion = Money.FromUsd(usd),
        OutputUsdPerMillion = Money.FromUsd(usd),
    };
}
